/** A batch of a stream through DynamoDB and S3 as the local cloud has them. */
import { gunzipSync } from 'node:zlib';
import { CreateTableCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { type Consumed, type ConsumeServices, consume } from '../../../lambdas/consume/consume';
import { dynamoLiveSink } from '../../../lambdas/consume/dynamo-sink';
import type { StreamRecord } from '../../../lambdas/consume/event';
import { logStore } from '../../../lambdas/consume/log-store';
import { seenKeys } from '../../../lambdas/consume/seen-keys';
import { ShardLog } from '../../../lambdas/consume/shard-log';
import { Pace } from '../../../lambdas/shared/pace';
import { fitsOf } from '../../../lambdas/shared/stream/fits';
import { sweepStreams } from '../../../lambdas/sweep/sweep-streams';
import type { DynamoSink } from '../../../lib/tasks/common';
import type { StreamPlan } from '../../../lib/tasks/stream';
import { BadRow } from '../../../lib/tasks/user-code';
import { type LambdaCloud, startLambdaCloud } from '../cloud';
import { column } from '../staging';

let cloud: LambdaCloud;
beforeAll(async () => {
  cloud = await startLambdaCloud();
  await cloud.dynamoDb.send(
    new CreateTableCommand({
      TableName: 'users',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'user_id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'user_id', KeyType: 'HASH' }],
    }),
  );
});
afterAll(() => cloud.close());

const text = { type: 'text' } as const;
const SINK: DynamoSink = {
  kind: 'dynamoTable',
  id: 'dynamoTable:users',
  model: 'users',
  columns: [
    { name: 'user_id', type: text, nullable: false },
    { name: 'name', type: text, nullable: true },
    { name: 'received_at', type: { type: 'timestamp' }, nullable: false },
  ],
  write: { mode: 'merge', keys: ['user_id'], newestBy: 'received_at' },
  evolve: false,
  table: 'users',
  key: { partitionKey: 'user_id' },
};

const ignore = { newColumns: 'ignore', missingColumns: 'ignore', changedTypes: 'quarantine' } as const;
const COLUMNS = [
  column('user_id', text, { key: true, nullable: false, from: 'login.uuid' }),
  column('name', text, { from: 'name.first' }),
  column('received_at', 'timestamp', { nullable: false }),
];
const PLAN: StreamPlan = {
  stream: 'users',
  source: 'records',
  columns: COLUMNS,
  onDrift: ignore,
  dedupe: { by: ['user_id'], withinSeconds: 600 },
  receivedAt: 'received_at',
  prefix: 'streams/users/',
  retentionHours: 24,
  rowFunction: {
    name: 'users',
    file: 'users.ts',
    columns: [column('user_id', text, { nullable: false }), column('name', text), column('received_at', 'timestamp')],
    onDrift: ignore,
    onBadRow: {},
    input: { name: 'records', columns: COLUMNS.map(({ name, type, nullable }) => ({ name, type, nullable })) },
  },
  live: [SINK],
};

interface User {
  readonly user_id: string;
  readonly name: string | null;
  readonly received_at: string;
}

const userCode = {
  default(row: User) {
    if (row.name === 'bad') throw new BadRow('nobody is called that');
    if (row.name === 'poison') throw new TypeError('cannot read it');
    return { ...row, name: row.name?.toUpperCase() };
  },
};

const log = { debug() {}, info() {}, warn() {}, error() {} };

/** Each is a function that has just started. */
function started(pipeline: string, client: DynamoDBClient = cloud.dynamoDb): ConsumeServices {
  const { ledger, s3 } = cloud;
  const now = Date.now;
  const files = { s3, workBucket: 'work', landingBucket: 'landing' };
  return {
    plan: { ...PLAN, prefix: `streams/${pipeline}/` },
    log: (shard) => new ShardLog(logStore({ ...files, ledger, pipeline, shard, retentionHours: 24, now })),
    lookUp: async (id) => `names schema version ${id}, which the schema registry does not know`,
    seen: seenKeys(ledger, { pipeline, withinMs: 600_000 }),
    sinks: [{ model: 'users', sink: dynamoLiveSink(SINK, { client, pace: new Pace(now), now }) }],
    fits: fitsOf(PLAN),
    userCode,
    userLog: log,
    now,
  };
}

const T0 = Date.parse('2026-11-01T10:00:00Z');
let sequence = 49_590_338_271_490_256_608_559_692_538_361_571_095_921_575_989_136_588_898n;

function record(data: string | Buffer): StreamRecord {
  sequence += 12_345_678_901_234_567n;
  return {
    shard: 'shardId-000000000000',
    sequence: String(sequence),
    arrivedAt: T0,
    data: Buffer.from(data as string),
  };
}

const user = (id: string, name: string, minute = 0) =>
  record(
    JSON.stringify({
      login: { uuid: id },
      name: { first: name },
      received_at: `2026-11-01T10:${String(minute).padStart(2, '0')}:00Z`,
    }),
  );

async function landed(pipeline: string): Promise<Record<string, unknown>[]> {
  const { Contents = [] } = await cloud.s3.send(
    new ListObjectsV2Command({ Bucket: 'landing', Prefix: `streams/${pipeline}/` }),
  );
  const files = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body } = await cloud.s3.send(new GetObjectCommand({ Bucket: 'landing', Key }));
      return gunzipSync(await Body!.transformToByteArray())
        .toString()
        .trimEnd()
        .split('\n');
    }),
  );
  return files.flat().map((line) => JSON.parse(line));
}

async function items(): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await cloud.dynamoDb.send(new ScanCommand({ TableName: 'users' }));
  return Items.map((item) => unmarshall(item));
}

const countsOf = ({ records, bad, late, duplicates, batches, failed }: Consumed) => ({
  records,
  bad,
  late,
  duplicates,
  batches,
  failed: failed.length,
});

test('good records are staged and in the table, duplicates are in neither, bad ones are staged with the reason', async () => {
  const batch = [
    user('a', 'ann'),
    user('b', 'bob'),
    user('a', 'ann again', 5),
    record('{"login":'),
    user('c', 'bad'),
    user('d', 'poison'),
    user('a', 'ann once more', 11),
    record(Buffer.from([3, 0, ...Buffer.alloc(16, 7), ...Buffer.from('{"a":1}')])),
    record('{"login":{"uuid":"e"},"received_at":"yesterday"}'),
    user('f', 'x'.repeat(420_000)),
  ];
  const first = await consume(batch, started('one'));
  expect(countsOf(first)).toEqual({ records: 10, bad: 6, late: 0, duplicates: 1, batches: 1, failed: 0 });

  const lines = await landed('one');
  expect(lines.map(({ _sequence, _rejected, _data }) => ({ _sequence, _rejected, _data }))).toEqual(
    [
      [0],
      [1],
      [3, 'the record is not JSON', '{"login":'],
      [4, 'nobody is called that'],
      [5, expect.stringMatching(/^model users \(users\.ts\) failed: TypeError: cannot read it/)],
      [6],
      [7, expect.stringContaining('which the schema registry does not know')],
      [8],
      [9, expect.stringMatching(/^the row does not fit into the DynamoDB table users: is an item of 420\d+ bytes/)],
    ].map(([at, reason, data]) => ({ _sequence: batch[Number(at)]!.sequence, _rejected: reason, _data: data })),
  );
  expect((await items()).map(({ user_id, name, received_at }) => ({ user_id, name, received_at }))).toEqual(
    expect.arrayContaining([
      { user_id: 'a', name: 'ANN ONCE MORE', received_at: '2026-11-01T10:11:00.000000Z' },
      { user_id: 'b', name: 'BOB', received_at: '2026-11-01T10:00:00.000000Z' },
    ]),
  );
  expect(await items()).toHaveLength(2);

  // It comes again, to a function that knows nothing, and cut anew.
  expect(countsOf(await consume(batch.slice(0, 4), started('one')))).toMatchObject({ duplicates: 1, batches: 0 });
  const later = user('a', 'too soon', 20);
  expect(countsOf(await consume([...batch.slice(4), later], started('one')))).toMatchObject({ duplicates: 1 });
  expect(await landed('one')).toEqual(lines);
});

test('a record that the table does not take now comes again, with all that follows it', async () => {
  const down = new DynamoDBClient({ ...cloud.settings, maxAttempts: 1 });
  down.middlewareStack.add(
    (next) => (args) => {
      if ((args.input as { Item?: { user_id?: { S?: string } } }).Item?.user_id?.S === 'p2')
        throw Object.assign(new Error('slow down'), { name: 'ProvisionedThroughputExceededException' });
      return next(args);
    },
    { step: 'build' },
  );
  const batch = [user('p1', 'one'), user('p2', 'two'), user('p3', 'three')];
  const { failed } = await consume(batch, started('down', down));
  expect(failed).toEqual([
    { sequence: batch[1]!.sequence, reason: 'ProvisionedThroughputExceededException: slow down' },
  ]);

  expect((await consume(batch.slice(1), started('down'))).failed).toEqual([]);
  expect((await items()).filter(({ user_id }) => String(user_id).startsWith('p'))).toHaveLength(3);
  expect(await landed('down')).toHaveLength(3);
});

test('an older record that comes late does not go over a newer one, and the same one again changes nothing', async () => {
  const [old, young] = [user('z', 'old', 0), user('z', 'young', 30)];
  const services = started('late');
  await consume([young], services);
  const before = (await items()).find(({ user_id }) => user_id === 'z');
  await consume([old], services);
  expect((await items()).find(({ user_id }) => user_id === 'z')).toEqual(before);
  expect(before).toMatchObject({ name: 'YOUNG', _load_id: 'live' });
});

test('a batch that was committed and never landed is landed by the sweeper, once', async () => {
  const services = started('unlanded');
  const crashing: ConsumeServices = {
    ...services,
    log: (shard) => {
      const store = logStore({
        ledger: cloud.ledger,
        s3: cloud.s3,
        workBucket: 'work',
        landingBucket: 'landing',
        pipeline: 'unlanded',
        shard,
        retentionHours: 24,
        now: Date.now,
      });
      return new ShardLog({
        ...store,
        land: async () => {
          throw new Error('killed');
        },
      });
    },
  };
  await expect(consume([user('s1', 'one')], crashing)).rejects.toThrow('killed');
  // The next batch of the shard is another function's: the one before is not its business.
  await consume([user('s2', 'two')], started('unlanded'));
  expect(await landed('unlanded')).toHaveLength(1);

  const sweep = (now: number) =>
    sweepStreams({ ledger: cloud.ledger, s3: cloud.s3, workBucket: 'work', landingBucket: 'landing', now: () => now });
  expect(await sweep(Date.now())).toBe(0);
  expect(await sweep(Date.now() + 6 * 60_000)).toBe(1);
  expect(await landed('unlanded')).toHaveLength(2);
  expect(await sweep(Date.now() + 6 * 60_000)).toBe(0);
});

test('a record of a group that no aggregate can have is a bad one', async () => {
  const byName = { table: 'by-name', model: 'users', by: ['name'], count: 'users', values: [] };
  const fits = fitsOf({ ...PLAN, aggregates: { windowSeconds: 60, tables: [byName] } });
  const counted: (string | null | undefined)[] = [];
  const count: ConsumeServices['count'] = async (_shard, rows) => {
    counted.push(...rows.filter(({ model }) => model === 'users').map(({ row }) => row.name));
    return undefined;
  };
  const services = { ...started('groups'), fits, count };
  const { bad, reasons } = await consume([user('g1', 'x'.repeat(3_000)), user('g2', 'y')], services);
  expect([bad, counted]).toEqual([1, ['Y']]);
  expect(reasons[0]).toMatch(
    /: the row does not fit into the DynamoDB table by-name: its group is a key of 3000 bytes/,
  );
});
