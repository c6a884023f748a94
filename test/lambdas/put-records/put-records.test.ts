/** Rows of staged parts as records of a stream: of the local cloud, with shards that take as much as AWS's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateSchemaCommand } from '@aws-sdk/client-glue';
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import { putRecords } from '../../../lambdas/put-records/put-records';
import { decode } from '../../../lambdas/shared/stream/wire';
import { createKinesisService } from '../../../lib/local/services/kinesis';
import { putLines } from '../../../lib/operate/put';
import type { KinesisSink, ManifestRef, OutputColumn } from '../../../lib/tasks/common';
import type { PutCheckpoint } from '../../../lib/tasks/put';
import { client, startCloud, type TestCloud } from '../../local/wire/services';
import { RUN, type Staging, startStaging, WORK } from '../staging';

const COLUMNS: OutputColumn[] = [
  { name: 'user_id', type: { type: 'text', length: 36 }, nullable: false },
  { name: 'n', type: { type: 'bigint' }, nullable: true },
];

let staging: Staging;
let cloud: TestCloud;
let kinesis: KinesisClient;
let stop: () => Promise<void>;

beforeAll(async () => {
  staging = await startStaging();
  const service = createKinesisService();
  const stateDir = mkdtempSync(join(tmpdir(), 'stepwell-put-'));
  cloud = await startCloud([service], { stateDir });
  await service.start?.(cloud.cloud);
  await service.ready?.();
  kinesis = new KinesisClient(client(cloud));
  stop = async () => {
    await cloud.stop();
    await service.stop?.();
    rmSync(stateDir, { recursive: true, force: true });
  };
});
afterAll(async () => {
  kinesis.destroy();
  await stop();
  await staging.close();
});

async function stream(name: string, options: { shards?: number } = {}): Promise<string> {
  const mode =
    options.shards === undefined
      ? { StreamModeDetails: { StreamMode: 'ON_DEMAND' as const } }
      : { ShardCount: options.shards };
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ...mode }));
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 10, minDelay: 1, maxDelay: 1 }, { StreamName: name });
  return name;
}

interface Got {
  readonly key: string;
  readonly text: string;
}

/** In the order of each shard. */
const recordsOf = async (name: string): Promise<Got[]> =>
  (await payloadsOf(name)).map(({ key, data }) => ({ key, text: Buffer.from(data).toString() }));

async function payloadsOf(StreamName: string): Promise<{ readonly key: string; readonly data: Uint8Array }[]> {
  const { Shards = [] } = await kinesis.send(new ListShardsCommand({ StreamName }));
  const got: { key: string; data: Uint8Array }[] = [];
  for (const { ShardId } of Shards) {
    const start = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const };
    let { ShardIterator: next } = await kinesis.send(new GetShardIteratorCommand(start));
    for (let behind = 1; next && behind > 0; ) {
      const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: next }));
      for (const { Data, PartitionKey } of page.Records ?? []) got.push({ key: PartitionKey!, data: Data! });
      next = page.NextShardIterator;
      behind = page.MillisBehindLatest ?? 0;
    }
  }
  return got;
}

const sinkOf = (name: string, columns: readonly OutputColumn[] = COLUMNS): KinesisSink => ({
  kind: 'kinesis',
  id: `kinesis:${name}`,
  model: 'users',
  columns: [...columns],
  write: { mode: 'append' },
  evolve: false,
  stream: name,
  partitionBy: 'user_id',
});

const stage = (selects: readonly string[], columns = COLUMNS): Promise<ManifestRef> =>
  staging.stage('users', { users: { columns, selects } });

function put(
  sink: KinesisSink,
  manifests: ManifestRef[],
  checkpoint: PutCheckpoint | null = null,
  remainingMs = 900_000,
) {
  return putRecords(
    { run: RUN, sink, manifests, checkpoint },
    { kinesis, glue: staging.glue, s3: staging.s3, workBucket: WORK, remainingMs: () => remainingMs, firstWaitMs: 20 },
  );
}

test('each row is a record: numbers in all their digits, documents as they are, times in UTC', async () => {
  const name = await stream('types');
  const columns: OutputColumn[] = [
    ...COLUMNS,
    { name: 'price', type: { type: 'decimal', precision: 20, scale: 4 }, nullable: true },
    { name: 'score', type: { type: 'double' }, nullable: true },
    { name: 'is_new', type: { type: 'boolean' }, nullable: true },
    { name: 'day', type: { type: 'date' }, nullable: true },
    { name: 'at', type: { type: 'timestamp' }, nullable: true },
    { name: 'body', type: { type: 'json' }, nullable: true },
  ];
  const manifest = await stage(
    [
      `SELECT 'ä "1"' AS user_id, 9223372036854775807 AS n, 1234567890123456.7890::DECIMAL(20,4) AS price, 0.1::DOUBLE AS score,
        true AS is_new, DATE '2026-01-31' AS day, TIMESTAMP '2026-01-31 12:00:00.5' AS at, '{"b":[1.10,null],"a":"x"}' AS body`,
      // An older part: a column has come since.
      `SELECT 'b' AS user_id, NULL::BIGINT AS n, NULL::DECIMAL(20,4) AS price, 'nan'::DOUBLE AS score, NULL::BOOLEAN AS is_new,
        NULL::DATE AS day, NULL::TIMESTAMP AS at`,
    ],
    columns,
  );

  expect(await put(sinkOf(name, columns), [manifest])).toEqual({
    checkpoint: null,
    published: { sink: 'kinesis:types', rows: 2, changed: true },
  });
  expect((await recordsOf(name)).sort((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
    {
      key: 'b',
      text: '{"user_id":"b","n":null,"price":null,"score":null,"is_new":null,"day":null,"at":null,"body":null}',
    },
    {
      key: 'ä "1"',
      text:
        '{"user_id":"ä \\"1\\"","n":9223372036854775807,"price":1234567890123456.7890,"score":0.1,"is_new":true,"day":"2026-01-31",' +
        '"at":"2026-01-31T12:00:00.500000Z","body":{"b":[1.10,null],"a":"x"}}',
    },
  ]);
});

test('a busy shard takes some of a batch: all come in the end, and the last of each key is the last', async () => {
  const name = await stream('busy', { shards: 2 });
  // 1,000 records a second is what a shard takes.
  const manifest = await stage([`SELECT 'u' || range % 7 AS user_id, range AS n FROM range(3000)`]);

  const { published } = await put(sinkOf(name), [manifest]);

  expect(published!.rows).toBe(3000);
  const got = (await recordsOf(name)).map(({ key, text }) => ({ key, n: (JSON.parse(text) as { n: number }).n }));
  expect(new Set(got.map(({ n }) => n)).size).toBe(3000);
  // Where one was refused, those of its key after it came again: in the end each stands behind those before it.
  const last = new Map(got.map(({ n }, index) => [n, index]));
  for (let n = 7; n < 3000; n++) expect(last.get(n)!).toBeGreaterThan(last.get(n - 7)!);
});

test('a function whose time is up goes on after its last row, in the middle of a part', async () => {
  const name = await stream('long');
  const manifest = await stage([1, 2].map((part) => `SELECT 'u' || range AS user_id, ${part} AS n FROM range(700)`));
  const steps: PutCheckpoint[] = [];
  let published = null;
  for (let checkpoint: PutCheckpoint | null = null; published === null; ) {
    ({ checkpoint, published } = await put(sinkOf(name), [manifest], checkpoint, 0));
    if (checkpoint) steps.push(checkpoint);
  }
  expect(steps).toEqual([
    { part: 0, row: 500, rows: 500 },
    { part: 0, row: 700, rows: 700 },
    { part: 1, row: 500, rows: 1200 },
    { part: 1, row: 700, rows: 1400 },
  ]);
  expect(published).toEqual({ sink: 'kinesis:long', rows: 1400, changed: true });
  const texts = (await recordsOf(name)).map(({ text }) => text);
  expect([texts.length, new Set(texts).size]).toEqual([1400, 1400]);
});

test.each([
  [
    `SELECT 'big' AS user_id, 1 AS n, repeat('x', 1048576) AS note`,
    /^Model users does not fit on the stream wrong: the row with user_id big: is a record of 10486\d\d bytes, and a stream takes 1048576 at most\./,
  ],
  [
    `SELECT NULL AS user_id, 1 AS n, '' AS note`,
    'the row with user_id NULL: column user_id is empty, and a record needs a partition key',
  ],
  [
    `SELECT repeat('ä', 257) AS user_id, 1 AS n, '' AS note`,
    'column user_id is a partition key of more than 256 characters',
  ],
])('a row that no stream takes is named with what is wrong: %#', async (select, message) => {
  const name = 'wrong';
  await stream(name).catch(() => name);
  const columns: OutputColumn[] = [...COLUMNS, { name: 'note', type: { type: 'text' }, nullable: true }];
  const manifest = await stage([select], columns);
  await expect(put(sinkOf(name, columns), [manifest])).rejects.toMatchObject({
    name: 'ModelFailed',
    message: expect.stringMatching(message),
  });
});

test('batches hold 5 MB at most', async () => {
  const name = await stream('large');
  const columns: OutputColumn[] = [...COLUMNS, { name: 'note', type: { type: 'text' }, nullable: true }];
  const manifest = await stage(
    [`SELECT 'u' || range AS user_id, range AS n, repeat('x', 1000000) AS note FROM range(12)`],
    columns,
  );
  expect((await put(sinkOf(name, columns), [manifest], null, 0)).checkpoint).toEqual({ part: 0, row: 5, rows: 5 });
});

test('a stream that is not there, and nothing to put', async () => {
  const manifest = await stage([`SELECT 'u' AS user_id, 1::BIGINT AS n`]);
  await expect(put(sinkOf('nowhere'), [manifest])).rejects.toMatchObject({
    name: 'StatementFailed',
    message: expect.stringContaining('There is no stream nowhere'),
  });
  expect(await put(sinkOf('nowhere'), [await stage([])])).toEqual({
    checkpoint: null,
    published: { sink: 'kinesis:nowhere', rows: 0, changed: false },
  });
});

test("records carry the version of the stream's contract; where it is not registered, nothing is put, and the run can be redriven", async () => {
  const name = await stream('contract');
  const definition = '{"type":"object"}';
  const schema = { registry: 'default-registry', name, definition };
  const manifest = await stage(["select 'a' as user_id, 1::bigint as n"]);
  const sink = { ...sinkOf(name), schema };

  await expect(put(sink, [manifest])).rejects.toThrow(
    "The contract of the stream 'contract' that this pipeline was deployed with is not registered",
  );
  const { SchemaVersionId } = await staging.glue.send(
    new CreateSchemaCommand({
      SchemaName: name,
      DataFormat: 'JSON',
      Compatibility: 'BACKWARD',
      SchemaDefinition: definition,
    }),
  );
  await put(sink, [manifest]);

  const records = await payloadsOf(name);
  expect(
    await decode(
      records.map(({ data }) => data),
      async () => undefined,
    ),
  ).toEqual([{ record: { user_id: 'a', n: 1 }, text: '{"user_id":"a","n":1}', versionId: SchemaVersionId }]);
});

test('lines of a file are records as they are, in the order of each key; a member of the JSON is the key', async () => {
  const name = await stream('lines');
  const lines = [
    ...Array.from({ length: 1_200 }, (_, n) => JSON.stringify({ login: { uuid: `u${n % 7}` }, n })),
    '',
    'no JSON',
    '{"login":{"uuid":""}}',
    '{"login":null}',
  ];

  const put = await putLines({ client: client(cloud) as never }, { name }, lines, { key: 'login.uuid' });

  expect(put).toBe(1_203);
  const got = await recordsOf(name);
  expect(got.map(({ text }) => text).toSorted()).toEqual(lines.filter((line) => line !== '').toSorted());
  for (let user = 0; user < 7; user++) {
    const ns = got.filter(({ key }) => key === `u${user}`).map(({ text }) => (JSON.parse(text) as { n: number }).n);
    expect(ns).toEqual(Array.from({ length: ns.length }, (_, n) => n * 7 + user));
  }
  expect(got.filter(({ key }) => /^[0-9a-f]{32}$/.test(key))).toHaveLength(3);
});

test('a line that no stream takes is refused, with its number', async () => {
  const name = await stream('long-line');

  await expect(putLines({ client: client(cloud) as never }, { name }, ['{}', 'x'.repeat(1024 * 1024)])).rejects.toThrow(
    'Line 2 is a record of 1048608 bytes, and a stream takes 1048576 at most.',
  );
});
