/** Pipelines of other shapes than orders: each synthesizes to templates in which everything that is named is there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsSolutionsChecks } from 'cdk-nag';
import { compileTogether } from '../../lib/compiler';
import type { CompiledPipeline } from '../../lib/compiler/types';
import {
  after,
  append,
  bigint,
  cron,
  csv,
  custom,
  decimal,
  definePipeline,
  dynamoTable,
  key,
  keyspaces,
  lake,
  landedFiles,
  merge,
  mysql,
  ndjson,
  type Pipeline,
  postgres,
  postgresTable,
  published,
  quarantine,
  redshift,
  replace,
  rowFunction,
  s3Arrival,
  sql,
  text,
} from '../../lib/pipeline';
import { removeAssemblies, type Synthesized, synthesize, type Template } from './assembly';

const folder = mkdtempSync(join(tmpdir(), 'stepwell-shapes-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  removeAssemblies();
});

const lines = (glob: string) =>
  landedFiles({ glob, format: csv(), columns: { id: key.bigint(), place: text(20), price: decimal(10, 2) } });

const SHAPES: readonly Pipeline[] = [
  definePipeline({
    name: 'lake-only',
    trigger: s3Arrival('lake-only/*.csv'),
    sources: { lines: lines('lake-only/*.csv') },
    models: { rows: sql.text('select id, place, price from lines') },
    sinks: [lake({ model: 'rows', table: 'rows', write: append(), partitionBy: ['place'] })],
  }),
  definePipeline({
    name: 'aurora-only',
    trigger: s3Arrival('aurora-only/**/*.csv'),
    sources: { lines: lines('aurora-only/**/*.csv') },
    models: { rows: sql.text('select id, place, price from lines') },
    sinks: [postgres({ model: 'rows', table: 'sea.rows', write: merge('id') })],
    alerts: { email: ['a@example.com', 'b@example.com'] },
  }),
  definePipeline({
    name: 'two-sources',
    trigger: s3Arrival('sales/*.csv', 'places/*.ndjson'),
    sources: {
      sales: lines('sales/*.csv'),
      places: landedFiles({
        glob: 'places/*.ndjson',
        format: ndjson(),
        columns: { place: key.text(20), people: bigint() },
        onBadRow: quarantine({ maxRate: 0.001 }),
      }),
    },
    models: {
      sums: sql.text(
        'select s.place, p.people, cast(sum(s.price) as decimal(12, 2)) as total from sales s join places p using (place) group by all',
      ),
    },
    sinks: [redshift({ model: 'sums', table: 'sea.sums', write: merge('place') })],
  }),
  definePipeline({
    name: 'databases',
    trigger: cron('0 1 * * *', { catchUp: 'all' }),
    overlap: 'queue',
    sources: {
      sales: mysql({
        secret: 'shop-db',
        table: 'sales',
        columns: { id: key.bigint(), price: decimal(10, 2) },
        network: { subnetIds: ['subnet-0a', 'subnet-0b'], securityGroupIds: ['sg-0a'] },
      }),
      stock: postgresTable({ secret: 'stock-db', table: 'stock', columns: { id: key.bigint() } }),
    },
    models: { rows: sql.text('select id, price from sales join stock using (id)') },
    sinks: [lake({ model: 'rows', table: 'rows', write: append(), partitionBy: [] })],
  }),
  definePipeline({
    name: 'items-only',
    trigger: s3Arrival('items-only/*.csv'),
    sources: { lines: lines('items-only/*.csv') },
    models: { rows: sql.text('select id, place, price, cast(null as timestamp) as expires from lines') },
    sinks: [
      dynamoTable({ model: 'rows', table: 'item-rows', write: merge(['place', 'id']), ttl: 'expires' }),
      dynamoTable({ model: 'rows', table: 'item-prices', key: 'price', write: replace() }),
    ],
  }),
  definePipeline({
    name: 'rows-only',
    trigger: s3Arrival('rows-only/*.csv'),
    sources: { lines: lines('rows-only/*.csv') },
    models: { rows: sql.text('select id, place, price, cast(null as timestamp) as expires from lines') },
    sinks: [
      keyspaces({ model: 'rows', table: 'sea.places', write: merge(['place', 'id']), ttl: 'expires' }),
      keyspaces({ model: 'rows', table: 'sea.prices', key: 'price', write: replace() }),
    ],
  }),
  definePipeline({
    name: 'chained',
    trigger: after('databases'),
    sources: {
      before: published('databases', 'rows'),
      fx_rates: custom('./extract.ts', { secrets: ['rates-api'], memoryMb: 3008, columns: { id: key.bigint() } }),
      others: custom('./extract.ts', { columns: { id: key.bigint() } }),
    },
    models: {
      cleaned: rowFunction('./clean.ts', { from: 'before', columns: { id: key.bigint() } }),
      rows: sql.text('select id from cleaned join fx_rates using (id) join others using (id)'),
    },
    sinks: [lake({ model: 'rows', table: 'rows', write: append(), partitionBy: [] })],
  }),
];

let compiled: CompiledPipeline[];
let synthesized: Synthesized;
beforeAll(async () => {
  writeFileSync(join(folder, 'extract.ts'), 'export default () => [];');
  writeFileSync(join(folder, 'clean.ts'), 'export default (row: object) => row;');
  compiled = await compileTogether(SHAPES.map((pipeline) => ({ pipeline, folder })));
  synthesized = synthesize({}, compiled);
});

const templateOf = (title: string) => synthesized.template(`Stepwell-${title}`);

test('each has the functions, users and tables that its sinks need, and no others', () => {
  const summary = ['LakeOnly', 'AuroraOnly', 'TwoSources'].map((title) => {
    const template = templateOf(title);
    return {
      title,
      functions: template
        .all('AWS::Lambda::Function')
        .map(({ Properties }) => String(Properties.Description).split(': ')[1])
        .sort(),
      engines: template.all('Custom::StepwellDatabaseUser').map(({ Properties }) => Properties.Engine),
      glueTables: template.all('AWS::Glue::Table').map(({ Properties }) => Properties.DatabaseName),
      rules: template.all('AWS::Events::Rule').length,
    };
  });

  const always = ['admit', 'check', 'extract-files', 'record', 'report-failure'];
  const redshiftTasks = ['load-redshift', 'publish', 'redshift-statement-finished', 'transform'];
  expect(summary).toEqual([
    {
      title: 'LakeOnly',
      functions: [...always, 'publish-lake'].sort(),
      engines: [],
      glueTables: ['lake_only'],
      rules: 3,
    },
    {
      title: 'AuroraOnly',
      functions: [...always, 'load-postgres', 'publish'].sort(),
      engines: ['postgres'],
      glueTables: [],
      rules: 3,
    },
    {
      title: 'TwoSources',
      functions: [...always, ...redshiftTasks].sort(),
      engines: ['redshift'],
      glueTables: [],
      rules: 4,
    },
  ]);
});

test('every reference, import and substitution of every template has its resource, parameter or export', () => {
  for (const title of ['Foundation', 'LakeOnly', 'AuroraOnly', 'TwoSources', 'Databases', 'ItemsOnly', 'Chained']) {
    expect([title, dangling(templateOf(title), templateOf('Foundation'))]).toEqual([title, []]);
  }
});

test('what fails a run is preceded by an alarm: it goes off at half of the least limit of bad rows', () => {
  const thresholds = ['LakeOnly', 'TwoSources'].map(
    (title) =>
      templateOf(title)
        .all('AWS::CloudWatch::Alarm')
        .find(({ Properties }) => Properties.MetricName === 'QuarantineRate')!.Properties.Threshold,
  );

  expect(thresholds).toEqual([2.5, 0.05]);
});

test('a function is in the network that its source names, may join it, and reads that secret alone', () => {
  const template = templateOf('Databases');
  const functions = template.all('AWS::Lambda::Function');
  const extract = (task: string) =>
    functions.find(({ Properties }) => Properties.Description === `databases: ${task}`)!;
  const allowed = (task: string) => {
    const role = template.document.Resources[extract(task).Properties.Role['Fn::GetAtt'][0]]!;
    return role.Properties.Policies[0].PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[];
  };
  const ec2 = (task: string) =>
    allowed(task).filter(({ Action }) => [Action].flat().some((one) => one.startsWith('ec2:')));
  const secrets = (task: string) => allowed(task).filter(({ Action }) => Action === 'secretsmanager:GetSecretValue');

  expect(functions.filter(({ Properties }) => Properties.VpcConfig).map(({ Properties }) => Properties)).toEqual([
    expect.objectContaining({
      Description: 'databases: extract-mysql',
      VpcConfig: { SubnetIds: ['subnet-0a', 'subnet-0b'], SecurityGroupIds: ['sg-0a'] },
    }),
  ]);
  expect([ec2('extract-mysql').length, ec2('extract-postgres').length]).toEqual([1, 0]);
  expect(extract('extract-mysql').Properties.Environment.Variables).toMatchObject({
    SECRET_SHOP_DB: 'stepwell/shop-db',
  });
  expect(JSON.stringify(secrets('extract-mysql'))).toContain('secret:stepwell/shop-db-??????');
  expect(JSON.stringify(secrets('extract-mysql'))).not.toContain('stock-db');
});

test('where runs wait for each other, failures give the turn on as Record does, and the function is told of no other pipeline', () => {
  const template = templateOf('Databases');
  const turn = template
    .all('AWS::Lambda::Function')
    .find(({ Properties }) => Properties.Description === 'databases: turn')!;
  const role = template.document.Resources[turn.Properties.Role['Fn::GetAtt'][0]]!;
  const statements: { Action: string | string[]; Condition?: object }[] =
    role.Properties.Policies[0].PolicyDocument.Statement;
  const [ended] = template
    .all('AWS::Events::Rule')
    .filter(({ Properties }) => Properties.Description?.startsWith('Gives the turn'));

  expect(ended!.Properties.EventPattern.detail.status).toEqual(['FAILED', 'TIMED_OUT', 'ABORTED']);
  expect(JSON.stringify(ended!.Properties.EventPattern.detail.stateMachineArn)).toContain('StateMachine');
  expect(ended!.Properties.Targets[0].DeadLetterConfig).toBeDefined();
  expect(statements.filter(({ Action }) => [Action].flat().includes('dynamodb:DeleteItem'))).toEqual([
    expect.objectContaining({
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['turn#databases'] } },
    }),
  ]);
  expect(JSON.stringify(templateOf('Chained').document)).not.toContain('turn#');
});

test('tables of items have their own names and keys, cost nothing while they are idle, and outlive the stack', () => {
  const tables = templateOf('ItemsOnly').all('AWS::DynamoDB::Table');
  const keys = ({ AttributeDefinitions, KeySchema }: { AttributeDefinitions: object; KeySchema: object }) => [
    AttributeDefinitions,
    KeySchema,
  ];

  expect(tables.map((one) => [one.Properties.TableName, one.DeletionPolicy])).toEqual([
    ['item-rows', 'RetainExceptOnCreate'],
    ['item-prices', 'RetainExceptOnCreate'],
  ]);
  for (const { Properties } of tables) {
    expect(Properties).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  }
  expect(keys(tables[0]!.Properties as never)).toEqual([
    [
      { AttributeName: 'place', AttributeType: 'S' },
      { AttributeName: 'id', AttributeType: 'N' },
    ],
    [
      { AttributeName: 'place', KeyType: 'HASH' },
      { AttributeName: 'id', KeyType: 'RANGE' },
    ],
  ]);
  expect(tables[0]!.Properties.TimeToLiveSpecification).toEqual({ AttributeName: 'expires', Enabled: true });
});

test('tables of Keyspaces are in a keyspace of the stack, cost nothing while they are idle, and outlive it; the role may write them alone', () => {
  const template = templateOf('RowsOnly');
  const [keyspace] = template.entries('AWS::Cassandra::Keyspace');
  expect(keyspace![1]).toMatchObject({
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: { KeyspaceName: 'sea' },
  });
  const [places, prices] = template.all('AWS::Cassandra::Table');
  const column = (ColumnName: string, ColumnType: string) => ({ ColumnName, ColumnType });
  const own = [
    column('stepwell_version', 'text'),
    column('stepwell_loaded_at', 'timestamp'),
    column('stepwell_deleted', 'boolean'),
  ];
  expect(places).toMatchObject({
    DependsOn: [keyspace![0]],
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: {
      KeyspaceName: 'sea',
      TableName: 'places',
      PartitionKeyColumns: [column('place', 'text')],
      ClusteringKeyColumns: [{ Column: column('id', 'bigint'), OrderBy: 'ASC' }],
      RegularColumns: [column('price', 'decimal'), column('expires', 'timestamp'), ...own],
      BillingMode: { Mode: 'ON_DEMAND' },
      PointInTimeRecoveryEnabled: true,
      DefaultTimeToLive: 630_720_000,
    },
  });
  expect(prices!.Properties).not.toHaveProperty('DefaultTimeToLive');
  const statements = template
    .all('AWS::IAM::Role')
    .flatMap(({ Properties }) => Properties.Policies ?? [])
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Action }) => [Action].flat().some((action: string) => action.startsWith('cassandra:')));
  expect(
    statements.map(({ Action, Resource }) => [
      Action,
      JSON.stringify(Resource).replaceAll(/\{"Ref":"[^"]+"\}|"|,/g, ''),
    ]),
  ).toEqual([
    [['cassandra:Select', 'cassandra:Modify'], expect.stringContaining(':/keyspace/sea/table/places')],
    ['cassandra:Select', expect.stringContaining(':/keyspace/system*')],
    [['cassandra:Select', 'cassandra:Modify'], expect.stringContaining(':/keyspace/sea/table/prices')],
  ]);
});

test('the foundation is the same whatever the pipelines need, so that none takes away what another one imports', () => {
  const alone = synthesize({}, compiled.slice(0, 1)).template('Stepwell-Foundation').document.Resources;
  const withoutMails = (resources: object) =>
    Object.fromEntries(Object.entries(resources).filter(([, { Type }]) => Type !== 'AWS::SNS::Subscription'));

  expect(withoutMails(alone)).toEqual(withoutMails(templateOf('Foundation').document.Resources));
});

/** What `Ref`, `Fn::GetAtt`, `Fn::ImportValue` and `DependsOn` name, but nothing declares. */
function dangling({ document }: Template, foundation: Template): string[] {
  const declared = new Set([...Object.keys(document.Resources), ...Object.keys(document.Parameters ?? {})]);
  const exported = new Set(Object.values(foundation.document.Outputs ?? {}).map(({ Export }) => Export?.Name));
  const missing: string[] = [];
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object') return;
    for (const [name, argument] of Object.entries(value)) {
      if (name === 'Ref' && !String(argument).startsWith('AWS::') && !declared.has(argument)) missing.push(argument);
      if (name === 'Fn::GetAtt' && !declared.has(argument[0])) missing.push(argument.join('.'));
      if (name === 'Fn::ImportValue' && !exported.has(argument)) missing.push(argument);
      if (name === 'DependsOn') missing.push(...[argument].flat().filter((id) => !declared.has(id)));
      visit(argument);
    }
  };
  visit(document);
  return missing;
}

describe('a pipeline after another, with TypeScript of its own', () => {
  const functions = () => templateOf('Chained').all('AWS::Lambda::Function');
  const named = (description: string) =>
    functions().find(({ Properties }) => Properties.Description === `chained: ${description}`)!.Properties;

  test('starts for each execution of that pipeline that has succeeded, with its name', () => {
    const [rule] = templateOf('Chained')
      .all('AWS::Events::Rule')
      .filter(({ Properties }) => Properties.EventPattern.detail.status?.[0] === 'SUCCEEDED');

    const { EventPattern, Targets } = rule!.Properties;
    expect(EventPattern.source).toEqual(['aws.states', 'stepwell']);
    expect(EventPattern.detail.output).toEqual([{ wildcard: '*"published":*' }]);
    expect(JSON.stringify(EventPattern.detail.stateMachineArn)).toContain('stateMachine:stepwell-databases');
    expect(Targets[0].InputTransformer).toEqual({
      InputPathsMap: { runId: '$.detail.name', time: '$.time' },
      InputTemplate: '{"after":{"pipeline":"databases","runId":<runId>,"time":<time>}}',
    });
    expect(Targets[0].DeadLetterConfig).toBeDefined();
  });

  test('has a function for each file and use of it, with what that needs', () => {
    const own = ['extract-custom-fx_rates', 'extract-custom-others', 'transform-rows-cleaned'].map(named);
    expect(own.map(({ MemorySize }) => MemorySize)).toEqual([3008, 1024, 2048]);
    expect(own.map(({ Layers }) => Layers !== undefined)).toEqual([false, false, true]);
    expect(own[0]!.Environment.Variables).toMatchObject({ SECRET_RATES_API: 'stepwell/rates-api' });
    expect(own[1]!.Environment.Variables).not.toHaveProperty('SECRET_RATES_API');
    expect(JSON.stringify(named('admit-after'))).toContain('LEDGER_TABLE');
  });

  test('has nothing that the AwsSolutions pack finds', () => {
    const { violations } = new AwsSolutionsChecks().validateScope(synthesized.app);
    expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
  });
});
