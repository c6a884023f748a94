import { gunzipSync } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { postgresStatements } from '../../../lambdas/bootstrap/postgres-statements';
import { runOnPostgres } from '../../../lambdas/bootstrap/run-on-postgres';
import { judgeAs } from '../../../lambdas/rebuild/judge';
import { rawTable } from '../../../lambdas/rebuild/raw-table';
import { type ReadEnvironment, readRaw } from '../../../lambdas/rebuild/read';
import { fitsOf } from '../../../lambdas/shared/stream/fits';
import type { UserCode } from '../../../lambdas/shared/stream/live-rows';
import type { OutputColumn } from '../../../lib/tasks/common';
import type { RawStore } from '../../../lib/tasks/rebuild';
import type { StreamPlan } from '../../../lib/tasks/stream';
import { BadRow } from '../../../lib/tasks/user-code';
import { LOGIN, noSleep, type PostgresCloud, startPostgresCloud } from '../databases';

let cloud: PostgresCloud;
let attempts = 0;

const text = { type: 'text' } as const;
const timestamp = { type: 'timestamp' } as const;
const COLUMNS: OutputColumn[] = [
  { name: 'login', type: { type: 'json' }, nullable: false },
  { name: 'received_at', type: timestamp, nullable: false },
  { name: 'amount', type: { type: 'decimal', precision: 20, scale: 4 }, nullable: true },
  { name: 'note', type: text, nullable: true },
];
const RAW: RawStore = {
  pipeline: 'users-feed',
  schema: 'feed',
  table: 'raw_users',
  columns: COLUMNS,
  receivedAt: 'received_at',
  column: 'received_at',
  wholeDays: false,
};
const STREAM: StreamPlan = {
  stream: 'users',
  source: 'records',
  columns: [
    { name: 'user_id', type: text, nullable: false, key: true, from: 'login.uuid' },
    { name: 'received_at', type: timestamp, nullable: false, key: false },
    { name: 'amount', type: { type: 'decimal', precision: 20, scale: 4 }, nullable: true, key: false },
    { name: 'note', type: { type: 'text', length: 300_000 }, nullable: true, key: false },
  ],
  onDrift: { newColumns: 'ignore', missingColumns: 'quarantine', changedTypes: 'quarantine' },
  dedupe: { by: ['user_id'], withinSeconds: 600 },
  receivedAt: 'received_at',
  prefix: 'streams/users/',
  retentionHours: 24,
  live: [],
};

const log = { debug() {}, info() {}, warn() {}, error() {} };
const judge = (plan: StreamPlan, userCode: UserCode = {}) =>
  judgeAs({ plan, fits: fitsOf(plan), userCode, userLog: log }, RAW);

beforeAll(async () => {
  cloud = await startPostgresCloud();
  const reads = [
    {
      pipeline: RAW.pipeline,
      schema: RAW.schema,
      table: RAW.table,
      columns: COLUMNS,
      primaryKey: [],
      orderedBy: RAW.receivedAt,
    },
  ];
  // Before the pipeline that keeps the records is deployed.
  await runOnPostgres(
    cloud.admin,
    postgresStatements({ pipeline: 'orders', login: LOGIN, roleExists: true, schemas: [], reads }),
    noSleep,
  );
});
afterAll(() => cloud.close());
beforeEach(() => cloud.query('TRUNCATE feed.raw_users'));

const keep = (rows: readonly (readonly [user: string, at: string, amount?: string | null, note?: string])[]) =>
  cloud.query(
    `INSERT INTO feed.raw_users (login, received_at, amount, note, _load_id, _loaded_at, _arrival) VALUES ${rows
      .map(
        ([user, at, amount = '1.5000', note = 'plain']) =>
          `('{"uuid":"${user}"}', '${at}', ${amount ?? 'NULL'}, '${note}', 'load', '2026-11-01', 'arrival')`,
      )
      .join(', ')}`,
  );

const environment = (more: Partial<ReadEnvironment> = {}): ReadEnvironment => ({
  table: rawTable(cloud.postgres, RAW),
  s3: cloud.s3,
  landingBucket: 'landing',
  workBucket: 'work',
  attempt: `attempt-${++attempts}`,
  remainingMs: () => 900_000,
  judge: judge(STREAM),
  dedupeWithinMs: 600_000,
  ...more,
});

const read = (from: string, to: string, more: Partial<ReadEnvironment> = {}, checkpoint: never | null = null) =>
  readRaw(
    {
      action: 'read',
      pipeline: 'orders',
      execution: { arn: 'arn:execution', name: 'run-1', startedAt: '2026-12-01T00:00:00.000Z' },
      raw: RAW,
      rebuild: { from, to },
      checkpoint,
    },
    { from, to },
    environment(more),
  );

async function staged(list: { readonly key: string } | null): Promise<Record<string, unknown>[]> {
  const files = JSON.parse(await cloud.read('work', list!.key)) as { bucket: string; key: string }[];
  const lines: Record<string, unknown>[] = [];
  for (const { bucket: Bucket, key: Key } of files) {
    const { Body } = await cloud.s3.send(new GetObjectCommand({ Bucket, Key }));
    const content = gunzipSync(await Body!.transformToByteArray()).toString();
    lines.push(
      ...content
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    );
  }
  return lines;
}

const users = (lines: readonly Record<string, unknown>[]) => lines.map(({ login }) => (login as { uuid: string }).uuid);

const DAY = ['2026-11-01T00:00:00.000Z', '2026-11-02T00:00:00.000Z'] as const;

test('records of the span are staged in the order of their receipt, with all their digits, and no others', async () => {
  await keep([
    ['b', '2026-11-01 00:00:00.000002', '12345678901234.5678'],
    ['a', '2026-11-01 00:00:00.000001', null],
    ['before', '2026-10-31 23:59:59.999999'],
    ['after', '2026-11-02 00:00:00'],
    ['c', '2026-11-01 23:59:59.999999'],
  ]);

  const { list, read: counted, staged: kept, rebuilds } = await read(...DAY);

  const lines = await staged(list);
  expect([counted, kept]).toEqual([3, 3]);
  expect(rebuilds).toEqual({ column: 'received_at', start: DAY[0], end: DAY[1] });
  expect(users(lines)).toEqual(['a', 'b', 'c']);
  expect(lines[0]).toMatchObject({
    amount: null,
    received_at: '2026-11-01T00:00:00.000001Z',
    note: 'plain',
    _shard: 'feed.raw_users',
    _sequence: '1',
  });
  expect(lines[0]).not.toHaveProperty('_load_id');
  expect(String(lines[1]!.amount)).toBe('12345678901234.568');
});

test('the first record of a key counts for a window, also where that began before the span', async () => {
  await keep([
    ['a', '2026-10-31 23:55:00'],
    ['a', '2026-11-01 00:01:00'],
    ['a', '2026-11-01 00:06:00'],
    ['b', '2026-11-01 00:06:01'],
    ['b', '2026-11-01 00:16:01'],
    ['b', '2026-11-01 00:16:02'],
  ]);

  const lines = await staged((await read(...DAY)).list);

  expect(lines.map((line) => [...users([line]), line.received_at])).toEqual([
    ['a', '2026-11-01T00:06:00Z'],
    ['b', '2026-11-01T00:06:01Z'],
    ['b', '2026-11-01T00:16:02Z'],
  ]);
});

test('a record that does not fit the contract is staged with its reason, and is no duplicate of another', async () => {
  await keep([
    ['a', '2026-11-01 01:00:00', '1', 'x'.repeat(300_001)],
    ['a', '2026-11-01 01:01:00'],
  ]);

  const lines = await staged((await read(...DAY)).list);

  expect(lines.map(({ _sequence, note }) => [_sequence, String(note).length])).toEqual([
    ['1', 300_001],
    ['2', 5],
  ]);
});

test('what a live table cannot hold, or its row function makes nothing of, is a bad record here as on the stream', async () => {
  const columns: OutputColumn[] = [
    { name: 'user_id', type: text, nullable: false },
    { name: 'amount', type: { type: 'double' }, nullable: true },
    { name: 'note', type: text, nullable: true },
  ];
  const contract = columns.map((column) => ({ ...column, key: false }));
  const plan: StreamPlan = {
    ...STREAM,
    rowFunction: {
      name: 'people',
      file: './people.ts',
      columns: contract,
      onDrift: STREAM.onDrift,
      onBadRow: {},
      input: { name: 'records', columns: STREAM.columns },
    },
    live: [
      {
        kind: 'dynamoTable',
        id: 'dynamoTable:people',
        model: 'people',
        columns,
        write: { mode: 'merge', keys: ['user_id'] },
        evolve: false,
        table: 'people',
        key: { partitionKey: 'user_id' },
      },
    ],
  };
  const people: UserCode = {
    default({ user_id, note }: { user_id: string; note: string }) {
      if (note === 'refused') throw new BadRow('nobody wants it');
      if (note === 'poison') throw new TypeError('cannot read it');
      return {
        user_id: note === 'nobody' ? '' : user_id,
        note: note === 'large' ? 'x'.repeat(410_000) : note,
        amount: note === 'much' ? 1e200 : 1,
      };
    },
  };
  await keep(
    ['plain', 'nobody', 'large', 'much', 'refused', 'poison', 'plain'].map(
      (note, index) => ['a', `2026-11-01 01:0${index}:00`, '1', note] as const,
    ),
  );

  const lines = await staged((await read(...DAY, { judge: judge(plan, people) })).list);

  expect(lines.map(({ _sequence, _rejected }) => [_sequence, _rejected])).toEqual([
    ['1', undefined],
    [
      '2',
      expect.stringMatching(/^the row does not fit into the DynamoDB table people: column user_id is an empty text/),
    ],
    ['3', expect.stringMatching(/table people: is an item of 410\d+ bytes, and DynamoDB takes 409600 at most$/)],
    ['4', expect.stringMatching(/: column amount is 1e\+?200, and DynamoDB's numbers are from 1E-130 to 9.99E\+125$/)],
    ['5', 'nobody wants it'],
    ['6', expect.stringMatching(/^model people \(\.\/people\.ts\) failed: .*cannot read it/)],
  ]);
});

test('thousands of records, many of one time, are read page by page, over several invocations', async () => {
  await cloud.query(
    `INSERT INTO feed.raw_users (login, received_at, amount, note, _load_id, _loaded_at, _arrival)
     SELECT jsonb_build_object('uuid', 'user-' || n), timestamp '2026-11-01' + (n / 1000) * interval '1 hour', n, repeat('é', 200), 'load', '2026-11-01', 'a'
     FROM generate_series(0, 2999) AS n`,
  );
  let next: Awaited<ReturnType<typeof readRaw>> | undefined;
  let invocations = 0;
  do {
    next = await read(...DAY, { remainingMs: () => 1000, fileBytes: 100_000 }, (next?.checkpoint ?? null) as never);
    invocations++;
  } while (next.checkpoint);

  const lines = await staged(next.list);

  expect(invocations).toBeGreaterThan(2);
  expect([next.read, next.staged]).toEqual([3000, 3000]);
  expect(new Set(users(lines)).size).toBe(3000);
  expect(lines.length).toBe(3000);
});

test('a record larger than an answer of the database is read in pieces', async () => {
  await keep([
    ['a', '2026-11-01 01:00:00', '1', 'ä"'.repeat(140_000)],
    ['b', '2026-11-01 01:00:00', '1', 'ö'.repeat(250_000)],
  ]);

  const lines = await staged((await read(...DAY)).list);

  expect(lines.map(({ note }) => String(note).length).sort()).toEqual([250_000, 280_000]);
});

test('a span without records is refused, and nothing would be deleted', async () => {
  await keep([['a', '2026-12-01 01:00:00']]);

  await expect(read(...DAY)).rejects.toThrow(
    /The table feed.raw_users has no records that were received from 2026-11-01T00:00:00.000Z .* is not deleted/,
  );
});

test('the user may read that one table, and change nothing in it', async () => {
  const [[privileges]] = (await cloud.query(
    `SELECT string_agg(p, ',') FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p WHERE has_table_privilege('stepwell_orders', 'feed.raw_users', p)`,
  )) as [[string]];

  expect(privileges).toBe('SELECT');
});
