import { join } from 'node:path';
import { AwsError, type Operation, type Service } from '../../service';
import { accessTo } from './access';
import { type Answer, type Engine, openEngine } from './engine';
import { type KeyNames, keyNamesOf, type TableDescription } from './leading-keys';
import { fromWire, toWire } from './values';

/** What dynalite brings. It has no transactions and no streams: those operations are refused as unknown. */
const OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'DescribeTimeToLive',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
];

/** Amazon DynamoDB by dynalite, on LevelDB in the state folder. Requests from the wire pass through as they are. */
export function createDynamoDbService(): Service {
  let engine: Engine | undefined;
  const keyNames = new Map<string, KeyNames>();
  const tags = new Map<string, Readonly<Record<string, string>>>();
  const running = () => {
    if (!engine) throw new AwsError('ServiceUnavailable', 'dynamodb has not started', 503);
    return engine;
  };

  const operation = (name: string): Operation => ({
    authorize: (input, context) => accessTo(name, input ?? {}, context, (table) => keyNames.get(table)),
    async handle(input) {
      const answer = await perform(running(), { keyNames, tags }, name, JSON.stringify(toWire(input)));
      const output = answer.body.length > 0 ? JSON.parse(answer.body.toString('utf8')) : {};
      if (answer.status === 200) return fromWire(output);
      const { __type = 'InternalServerError', message, Message, ...fields } = output;
      throw new AwsError(
        __type.split('#').at(-1),
        message ?? Message ?? '',
        answer.status,
        fromWire(fields) as object as Record<string, unknown>,
      );
    },
  });

  return {
    name: 'dynamodb',
    operations: Object.fromEntries(OPERATIONS.map((name) => [name, operation(name)])),
    tagsOf: (arn) => tags.get(arn.split('/')[1] ?? ''),
    raw: ({ headers, body }) =>
      perform(
        running(),
        { keyNames, tags },
        headers['x-amz-target']?.split('.')[1] ?? '',
        body,
        headers['content-type'],
      ),
    async start(cloud) {
      engine = await openEngine(cloud, join(cloud.stateDir, 'dynamodb'));
      for (const table of await tablesOf(engine)) {
        keyNames.set(table.TableName, keyNamesOf(table));
        tags.set(table.TableName, await tagsOf(engine, table.TableArn));
      }
    },
    async stop() {
      await engine?.close();
      engine = undefined;
    },
  };
}

/** What IAM asks about tables, by their names. */
interface Known {
  readonly keyNames: Map<string, KeyNames>;
  readonly tags: Map<string, Readonly<Record<string, string>>>;
}

/** Answers about tables come once the table is usable (or gone): nobody has to wait and ask again. */
async function perform(
  engine: Engine,
  { keyNames, tags }: Known,
  operation: string,
  body: Uint8Array | string,
  contentType?: string,
): Promise<Answer> {
  const answer = await engine.send(operation, body, contentType);
  if (answer.status === 200 && (operation === 'TagResource' || operation === 'UntagResource')) {
    const { ResourceArn } = JSON.parse(Buffer.from(body).toString('utf8'));
    tags.set(ResourceArn.split('/')[1], await tagsOf(engine, ResourceArn));
  }
  const changesTable = ['CreateTable', 'UpdateTable', 'DeleteTable'].includes(operation);
  if (!changesTable || answer.status !== 200) return answer;
  const { TableName, Tags } = JSON.parse(Buffer.from(body).toString('utf8'));
  if (operation !== 'UpdateTable') tags.delete(TableName);
  // dynalite leaves out those that a table is made with.
  if (operation === 'CreateTable' && Tags?.length > 0) {
    const { TableArn: ResourceArn } = JSON.parse(answer.body.toString('utf8')).TableDescription;
    await perform(engine, { keyNames, tags }, 'TagResource', JSON.stringify({ ResourceArn, Tags }));
  }
  for (;;) {
    const described = await engine.send('DescribeTable', JSON.stringify({ TableName }));
    if (described.status !== 200) return answer;
    const { Table } = JSON.parse(described.body.toString('utf8'));
    keyNames.set(Table.TableName, keyNamesOf(Table));
    const indexes: { IndexStatus?: string }[] = Table.GlobalSecondaryIndexes ?? [];
    const isActive = Table.TableStatus === 'ACTIVE' && indexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE');
    if (isActive) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function tagsOf(engine: Engine, ResourceArn: string | undefined): Promise<Readonly<Record<string, string>>> {
  const listed = await engine.send('ListTagsOfResource', JSON.stringify({ ResourceArn }));
  const { Tags = [] } = JSON.parse(listed.body.toString('utf8')) as { Tags?: { Key: string; Value: string }[] };
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}

/** What an earlier start has left. */
async function tablesOf(engine: Engine): Promise<readonly TableDescription[]> {
  const ask = async (operation: string, input: object) =>
    JSON.parse((await engine.send(operation, JSON.stringify(input))).body.toString('utf8'));
  const tables: TableDescription[] = [];
  let ExclusiveStartTableName: string | undefined;
  do {
    const listed = await ask('ListTables', { ExclusiveStartTableName });
    for (const TableName of listed.TableNames ?? []) tables.push((await ask('DescribeTable', { TableName })).Table);
    ExclusiveStartTableName = listed.LastEvaluatedTableName;
  } while (ExclusiveStartTableName !== undefined);
  return tables;
}
