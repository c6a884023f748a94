/** What a pipeline with models on Spark has in its template, and what its roles may; mistakes that only compiling shows. */
import { join } from 'node:path';
import { AwsSolutionsChecks } from 'cdk-nag';
import { compile } from '../../lib/compiler';
import {
  bigint,
  definePipeline,
  type Model,
  merge,
  minutes,
  postgres,
  pyspark,
  redshift,
  sql,
} from '../../lib/pipeline';
import { sales } from '../e2e/spark/pipelines';
import { removeAssemblies, type Synthesized, synthesize, type Template } from './assembly';

const folder = join(__dirname, '../e2e/spark');
let synthesized: Synthesized;
let template: Template;

beforeAll(async () => {
  const pipeline = { ...sales, spark: { keepWarm: { executors: 2 }, idleTimeout: minutes(10) } };
  synthesized = synthesize({}, [await compile(pipeline, { folder })]);
  template = synthesized.template('Stepwell-SparkSales');
});
afterAll(removeAssemblies);

/** `<reference>` in place of what CloudFormation fills in. */
function plain(value: unknown): string {
  if (typeof value === 'string') return value;
  const [[name, argument]] = Object.entries(value as Record<string, unknown>) as [[string, never]];
  if (name === 'Fn::Join') return (argument[1] as unknown[]).map(plain).join(argument[0]);
  return `<${name === 'Fn::GetAtt' ? (argument as string[]).join('.') : plain(argument)}>`.replace(/<AWS::\w+>/g, '*');
}
const statementsOf = (of: RegExp) => {
  const [, role] = template.entries('AWS::IAM::Role').find(([id]) => of.test(id))!;
  const { Policies } = role.Properties;
  return Policies[0].PolicyDocument.Statement.map(({ Action, Resource, Condition }: Record<string, unknown>) => ({
    may: [Action].flat(),
    on: [Resource]
      .flat()
      .map(plain)
      .map((arn) => arn.replace(/[0-9A-F]{8}/g, '').replace(/<cdk-[^>]*>|[0-9a-f]{64}/g, '…')),
    ...(Condition === undefined ? {} : { where: Object.keys(Condition as object) }),
  }));
};

test('an application that starts and stops by itself, with no more than its jobs may have', () => {
  expect(template.only('AWS::EMRServerless::Application').Properties).toEqual({
    Name: 'stepwell-spark-sales',
    Type: 'SPARK',
    ReleaseLabel: 'emr-7.9.0',
    Architecture: 'ARM64',
    AutoStartConfiguration: { Enabled: true },
    AutoStopConfiguration: { Enabled: true, IdleTimeoutMinutes: 10 },
    // two models, each with a driver and two executors
    MaximumCapacity: { Cpu: '6 vCPU', Memory: '12 GB' },
    InitialCapacity: [
      { Key: 'Driver', Value: { WorkerCount: 1, WorkerConfiguration: { Cpu: '1 vCPU', Memory: '2 GB' } } },
      { Key: 'Executor', Value: { WorkerCount: 2, WorkerConfiguration: { Cpu: '1 vCPU', Memory: '2 GB' } } },
    ],
    Tags: expect.arrayContaining([{ Key: 'stepwell:pipeline', Value: 'spark-sales' }]),
  });
});

test('a job reads the staged parts of its pipeline, writes where jobs write, and logs; nothing else', () => {
  const statements = statementsOf(/^SparkJobRole/);
  expect(statements.map(({ may }: { may: string[] }) => may)).toEqual([
    ['s3:GetObject'],
    ['s3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
    ['s3:ListBucket'],
    ['s3:GetObject'],
    ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
    ['logs:DescribeLogGroups'],
  ]);
  const objects = statements.slice(0, 2).flatMap(({ on }: { on: string[] }) => on);
  expect(objects.map((arn: string) => arn.slice(arn.indexOf('/')))).toEqual([
    '/runs/spark-sales/*',
    '/runs/spark-sales/*/spark/*',
  ]);
  expect(statements[2].where).toEqual(['StringLike']);
});

test('the state machine may run a job to its end, and hands on that one role', () => {
  const own = statementsOf(/^StateMachineRole/).slice(-4);
  expect(own.map(({ may, where }: { may: string[]; where?: string[] }) => [may, where])).toEqual([
    [['emr-serverless:StartJobRun'], undefined],
    [['emr-serverless:GetJobRun', 'emr-serverless:CancelJobRun', 'emr-serverless:TagResource'], undefined],
    [['iam:PassRole'], ['StringEquals']],
    [['events:PutTargets', 'events:PutRule', 'events:DescribeRule'], undefined],
  ]);
  expect(own[3].on[0]).toMatch(/:rule\/StepFunctionsGetEventsForEMRServerlessJobRule$/);
});

test('whoever notes what jobs have used hears of the end of each, however it was, by its own application', () => {
  const rules = template.entries('AWS::Events::Rule').map(([, { Properties }]) => Properties);
  const [rule] = rules.filter(({ EventPattern }) => EventPattern.source.includes('aws.emr-serverless'));
  const { detail, ...pattern } = rule!.EventPattern;
  expect(pattern['detail-type']).toEqual(['EMR Serverless Job Run State Change']);
  expect(detail.state).toEqual(['SUCCESS', 'FAILED', 'CANCELLED']);
  expect(detail.applicationId.map(plain)).toEqual([expect.stringMatching(/^<SparkApplication\w+\.ApplicationId>$/)]);
  expect(rule!.Targets[0].InputTransformer).toEqual({
    InputPathsMap: { job: '$.detail.jobRunId' },
    InputTemplate: '{"action":"ended","job":<job>}',
  });
});

test('the AwsSolutions pack finds nothing in it', () => {
  const { violations } = new AwsSolutionsChecks().validateScope(synthesized.app);
  expect(violations.map(({ ruleName }) => ruleName)).toEqual([]);
});

test('a pipeline without such a model has none of it', () => {
  const { orders } = synthesize();
  expect(JSON.stringify(orders.document)).not.toMatch(/emr-serverless|EMRServerless/i);
});

async function mistakes(models: Readonly<Record<string, Model>>): Promise<string[]> {
  const { name, trigger, sources } = sales;
  const wrong = definePipeline({
    name,
    trigger,
    sources,
    models,
    sinks: [
      postgres({ model: 'made', table: 'sales.made', write: merge('id') }),
      ...(['inside', 'rows'] as const)
        .filter((model) => models[model])
        .map((model) => redshift({ model, table: `sales.${model}`, write: merge('id') })),
    ],
  });
  return compile(wrong, { folder }).then(
    () => [],
    (error) => error.problems.map(({ field, rule, remedy }: Record<string, string>) => `${field}: ${rule}. ${remedy}`),
  );
}

test('what only compiling shows: a file, a function, an input, a column, an engine that comes later', async () => {
  const columns = { id: bigint() };
  expect(await mistakes({ made: pyspark('mad.py', { from: 'sales', columns }) })).toEqual([
    expect.stringMatching(/^models\.made: there is no such file in .*\. Create it, or correct its name\.$/),
  ]);
  expect(await mistakes({ made: pyspark('shares.py', { from: 'sales', columns }) })).toEqual([
    expect.stringMatching(
      /^models\.made \(shares\.py\): it has no function model\(spark, inputs\)\. Write e\.g\. def model/,
    ),
  ]);
  expect(await mistakes({ made: pyspark('faulty.py', { from: ['sale'], columns }) })).toEqual([
    expect.stringMatching(/^models\.made \(faulty\.py\): 'sale' is no source and no model\. Did you mean 'sales'/),
  ]);
  const unknown = 'SELECT id, percentile(amount, 0.5D) AS middle FROM sales GROUP BY id';
  expect(await mistakes({ made: sql.text(unknown, { engine: 'spark' }) })).toEqual([
    expect.stringMatching(/declare what comes of it: sql\('…', { engine: 'spark', columns: { … } }\)\.$/),
  ]);
  const inside = sql.text('SELECT id FROM rows', { engine: 'redshift' });
  const rows = sql.text('SELECT id FROM sales');
  const late = sql.text('SELECT id FROM inside', { engine: 'spark' });
  expect(await mistakes({ rows, inside, made: late })).toEqual([
    expect.stringMatching(
      /^models\.made: it reads 'inside', which runs in Redshift after this run's rows are published/,
    ),
  ]);
});
