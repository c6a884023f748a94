import { join } from 'node:path';
import { Crc32 } from '@aws-sdk/checksums/crc';
import { AwsError, type Operation, type RawRequest, type RawResponse, type Service } from '../../service';
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

/** Larger requests are not read. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

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
      const { status, body } = await perform(running(), { keyNames, tags }, name, toWire(input ?? {}) as Members);
      if (status === 200) return fromWire(body);
      const { __type = 'InternalServerError', message, Message, ...fields } = body;
      throw new AwsError(
        String(__type).split('#').at(-1)!,
        String(message ?? Message ?? ''),
        status,
        fromWire(fields) as object as Record<string, unknown>,
      );
    },
  });

  return {
    name: 'dynamodb',
    operations: Object.fromEntries(OPERATIONS.map((name) => [name, operation(name)])),
    tagsOf: (arn) => tags.get(arn.split('/')[1] ?? ''),
    async raw(request) {
      if (request.bytes > MAX_REQUEST_BYTES) return { status: 413, headers: {}, body: '' };
      const operation = request.headers['x-amz-target']?.split('.')[1] ?? '';
      return written(request, await perform(running(), { keyNames, tags }, operation, request.input as Members));
    },
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

type Members = Readonly<Record<string, unknown>>;

/** Answers about tables come once the table is usable (or gone): nobody has to wait and ask again. */
async function perform(engine: Engine, { keyNames, tags }: Known, operation: string, input: Members): Promise<Answer> {
  const { ResourceArn, TableName, Tags } = input as {
    ResourceArn: string;
    TableName: string;
    Tags?: readonly object[];
  };
  const answer = await engine.send(operation, input);
  if (answer.status === 200 && (operation === 'TagResource' || operation === 'UntagResource'))
    tags.set(ResourceArn.split('/')[1]!, await tagsOf(engine, ResourceArn));
  const changesTable = ['CreateTable', 'UpdateTable', 'DeleteTable'].includes(operation);
  if (!changesTable || answer.status !== 200) return answer;
  if (operation !== 'UpdateTable') tags.delete(TableName);
  // dynalite leaves out those that a table is made with.
  if (operation === 'CreateTable' && Tags !== undefined && Tags.length > 0) {
    const { TableArn } = answer.body.TableDescription as TableDescription;
    await perform(engine, { keyNames, tags }, 'TagResource', { ResourceArn: TableArn, Tags });
  }
  for (;;) {
    const described = await engine.send('DescribeTable', { TableName });
    if (described.status !== 200) return answer;
    const Table = described.body.Table as TableDescription;
    keyNames.set(Table.TableName, keyNamesOf(Table));
    const indexes: readonly { readonly IndexStatus?: string }[] = Table.GlobalSecondaryIndexes ?? [];
    const isActive = Table.TableStatus === 'ACTIVE' && indexes.every(({ IndexStatus }) => IndexStatus === 'ACTIVE');
    if (isActive) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function tagsOf(engine: Engine, ResourceArn: string | undefined): Promise<Readonly<Record<string, string>>> {
  const { body } = await engine.send('ListTagsOfResource', { ResourceArn });
  const { Tags = [] } = body as { readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] };
  return Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
}

/** What an earlier start has left. */
async function tablesOf(engine: Engine): Promise<readonly TableDescription[]> {
  const tables: TableDescription[] = [];
  let ExclusiveStartTableName: unknown;
  do {
    const { body } = await engine.send('ListTables', { ExclusiveStartTableName });
    for (const TableName of (body.TableNames ?? []) as readonly string[])
      tables.push((await engine.send('DescribeTable', { TableName })).body.Table as TableDescription);
    ExclusiveStartTableName = body.LastEvaluatedTableName;
  } while (ExclusiveStartTableName !== undefined);
  return tables;
}

const JSON_1_0 = 'application/x-amz-json-1.0';

/** As DynamoDB writes an answer, with the checksum that some clients look at. */
async function written({ headers }: RawRequest, { status, body }: Answer): Promise<RawResponse> {
  const bytes = Buffer.from(JSON.stringify(body));
  const crc = new Crc32();
  crc.update(bytes);
  const checksum = Buffer.from(await crc.digest()).readUInt32BE(0);
  const isVersion10 = headers['content-type']?.startsWith(JSON_1_0);
  return {
    status,
    headers: { 'content-type': isVersion10 ? JSON_1_0 : 'application/json', 'x-amz-crc32': String(checksum) },
    body: bytes,
  };
}
