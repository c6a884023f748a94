/** "Parquet of a lake partition is half replaced": what a reader of a partition sees at each moment of its replacement. */
import { CreateTableCommand as CreateLedgerCommand } from '@aws-sdk/client-dynamodb';
import { CreateDatabaseCommand, CreateTableCommand, GetPartitionsCommand } from '@aws-sdk/client-glue';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { type PublishEnvironment, publishLake } from '../../lambdas/publish-lake/publish';
import { stageLake } from '../../lambdas/publish-lake/stage';
import { stagedLake } from '../../lambdas/publish-lake/staged-lake';
import { readDocument } from '../../lambdas/shared/manifest';
import { LEASE_MS } from '../../lambdas/shared/table-lock';
import type { LakeSink, Run } from '../../lib/tasks/common';
import { LAKE, RUN, type Staging, startStaging, WORK } from '../lambdas/staging';

let staging: Staging;
let attempts = 0;

beforeAll(async () => {
  staging = await startStaging();
  await staging.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'orders' } }));
  await staging.glue.send(
    new CreateTableCommand({
      DatabaseName: 'orders',
      TableInput: {
        Name: 'daily',
        PartitionKeys: [{ Name: 'day', Type: 'date' }],
        StorageDescriptor: { Location: `s3://${LAKE}/orders/daily/`, Columns: [{ Name: 'id', Type: 'bigint' }] },
      },
    }),
  );
  await staging.dynamoDb.send(
    new CreateLedgerCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
});
afterAll(() => staging.close());

const SINK: LakeSink = {
  kind: 'lake',
  id: 'lake:daily',
  model: 'orders',
  columns: [
    { name: 'id', type: { type: 'bigint' }, nullable: true },
    { name: 'day', type: { type: 'date' }, nullable: true },
  ],
  write: { mode: 'replace' },
  evolve: false,
  database: 'orders',
  table: 'daily',
  partitionBy: ['day'],
};
const OLD = ['2026-01-01: 1 2', '2026-01-02: 3'];
const NEW = ['2026-01-01: 11 12 13', '2026-01-02: 14'];

/** As Athena reads: each partition's location from the catalog, then every file that lies there. */
async function read(): Promise<string[]> {
  const { Partitions = [] } = await staging.glue.send(
    new GetPartitionsCommand({ DatabaseName: 'orders', TableName: 'daily' }),
  );
  const lines: string[] = [];
  for (const { Values, StorageDescriptor } of Partitions) {
    const Prefix = StorageDescriptor!.Location!.replace(`s3://${LAKE}/`, '');
    const { Contents = [] } = await staging.s3.send(new ListObjectsV2Command({ Bucket: LAKE, Prefix }));
    const parts = Contents.map(({ Key }) => ({ key: Key!, etag: '', length: 0, rows: 0, format: 'parquet' as const }));
    const ids = (await staging.rows(parts, LAKE)).map(({ id }) => Number(id)).sort((a, b) => a - b);
    lines.push(`${Values!.join('/')}: ${ids.join(' ')}`);
  }
  return lines.sort();
}

/** A client that looks at the table before and after each call that writes. */
function watched<C extends { send: unknown }>(client: C, seen: string[][], dieAt?: string): C {
  let writes = 0;
  return Object.assign(Object.create(client), {
    send: async (command: { constructor: { name: string } }) => {
      const { name } = command.constructor;
      if (/^(Get|Head|List)/.test(name)) return (client.send as (c: unknown) => unknown)(command);
      seen.push(await read());
      if (dieAt === name && ++writes === 2) throw new Error('killed');
      const answer = await (client.send as (c: unknown) => Promise<unknown>)(command);
      seen.push(await read());
      return answer;
    },
  });
}

async function stage(run: Run, attempt: string, values: string, seen: string[][] = [], dieAt?: string) {
  const select = `select id::bigint as id, day::date as day from (values ${values}) t(id, day)`;
  const manifest = await staging.stage('orders', { orders: { columns: SINK.columns, selects: [select] } });
  const loaded = await stageLake(
    { run, sink: SINK, action: 'stage', manifests: [manifest] },
    { s3: watched(staging.s3, seen, dieAt), workBucket: WORK, lakeBucket: LAKE, attempt },
  );
  return readDocument(staging.s3, WORK, loaded.manifest!, stagedLake);
}

const publish = (run: Run, staged: Awaited<ReturnType<typeof stage>>, more: Partial<PublishEnvironment> = {}) =>
  publishLake(run, SINK, staged, {
    glue: staging.glue,
    s3: staging.s3,
    ledger: { client: staging.dynamoDb, table: 'ledger' },
    lakeBucket: LAKE,
    attempt: `publish-${attempts++}`,
    now: Date.now,
    ...more,
  });
const nextRun = (name: string, more: Partial<Run> = {}): Run => ({
  ...RUN,
  runId: name,
  executionArn: `${RUN.executionArn}-${name}`,
  loadKey: `orders:${name}`,
  loadId: name,
  arrival: `${RUN.arrival}#${name}`,
  ...more,
});

test('a reader of a partition sees all of the old rows or all of the new ones, whatever dies in between', async () => {
  await publish(RUN, await stage(RUN, 'a', "(1, '2026-01-01'), (2, '2026-01-01'), (3, '2026-01-02')"));
  expect(await read()).toEqual(OLD);
  const next = nextRun('2');
  const values = "(11, '2026-01-01'), (12, '2026-01-01'), (13, '2026-01-01'), (14, '2026-01-02')";

  // The first attempt dies after its first file, the second stages all; nothing of either shows before it is published.
  const whileStaging: string[][] = [];
  await expect(stage(next, 'a', values, whileStaging, 'PutObjectCommand')).rejects.toThrow('killed');
  const staged = await stage(next, 'b', values, whileStaging);
  const whilePublishing: string[][] = [];
  await publish(next, staged, { glue: watched(staging.glue, whilePublishing) });

  expect(whileStaging.length).toBeGreaterThan(4);
  for (const table of whileStaging) expect(table).toEqual(OLD);
  expect(whilePublishing.length).toBeGreaterThan(0);
  for (const table of whilePublishing) {
    expect(table).toHaveLength(2);
    for (const partition of table) expect([...OLD, ...NEW]).toContain(partition);
  }
  expect(await read()).toEqual(NEW);
  expect(await publish(next, staged)).toMatchObject({ changed: false });
});

/** Glue's client for an attempt that does not come on from its nth write until it is woken. */
function sleepingAt(nth: number) {
  let wake: () => void = () => {};
  let fellAsleep: () => void = () => {};
  const woken = new Promise<void>((resolve) => (wake = resolve));
  const asleep = new Promise<void>((resolve) => (fellAsleep = resolve));
  let writes = 0;
  const send = async (command: { constructor: { name: string } }) => {
    if (!command.constructor.name.startsWith('Get') && ++writes === nth) {
      fellAsleep();
      await woken;
    }
    return staging.glue.send(command as never);
  };
  return { glue: { send } as never, asleep, wake: () => wake() };
}
const later = (ms: number) => () => Date.now() + ms;

test('while one run swaps partitions another one waits; the table then holds the newer load alone', async () => {
  const [older, newer] = [nextRun('3'), nextRun('4')];
  const first = await stage(older, 'a', "(31, '2026-01-01'), (32, '2026-01-02')");
  const second = await stage(newer, 'a', "(41, '2026-01-01'), (42, '2026-01-03')");
  const sleeper = sleepingAt(2);

  const publishing = publish(older, first, { glue: sleeper.glue });
  await sleeper.asleep;
  await expect(publish(newer, second)).rejects.toMatchObject({
    name: 'StillRunning',
    message: 'Another attempt of run 3 publishes into orders.daily just now.',
  });
  sleeper.wake();
  await publishing;
  expect(await publish(newer, second)).toMatchObject({ changed: true });

  expect(await read()).toEqual(['2026-01-01: 41', '2026-01-03: 42']);
});

test('an attempt that wakes up after a newer load was published changes nothing', async () => {
  const [older, newer] = [nextRun('5'), nextRun('6')];
  const first = await stage(older, 'a', "(51, '2026-01-01'), (52, '2026-01-02')");
  const second = await stage(newer, 'a', "(61, '2026-01-01'), (62, '2026-01-02')");
  let late = 0;
  const sleeper = sleepingAt(1);

  const zombie = publish(older, first, { glue: sleeper.glue, now: () => Date.now() + late });
  await sleeper.asleep;
  late = LEASE_MS;
  await publish(newer, second, { now: later(LEASE_MS) });
  expect(await read()).toEqual(['2026-01-01: 61', '2026-01-02: 62']);
  sleeper.wake();

  // The call that was under way ends within the lease on AWS, as its client gives up before; all that follow are held back.
  await expect(zombie).rejects.toMatchObject({ name: 'StillRunning' });
  expect((await read()).at(-1)).toBe('2026-01-02: 62');
});

test('the retry of an attempt that was killed does not wait for it; others wait until it cannot be alive any more', async () => {
  const [older, newer] = [nextRun('7'), nextRun('8')];
  const first = await stage(older, 'a', "(71, '2026-01-01')");
  const second = await stage(newer, 'a', "(81, '2026-01-01')");
  const killed = sleepingAt(1);
  void publish(older, first, { glue: killed.glue }).catch(() => {});
  await killed.asleep;

  expect(await publish(older, first)).toMatchObject({ changed: true });
  await expect(publish(newer, second)).rejects.toMatchObject({ name: 'StillRunning' });
  expect(await publish(newer, second, { now: later(LEASE_MS + 1000) })).toMatchObject({ changed: true });

  expect(await read()).toEqual(['2026-01-01: 81']);
});

test('an old file that is reprocessed replaces the table, as in the databases; its late first attempt does not come back', async () => {
  const now = later(3 * LEASE_MS);
  const [old, current] = [nextRun('A'), nextRun('B')];
  const again = { ...old, runId: 'A-again', executionArn: `${old.executionArn}-again`, generation: 1 };
  const first = await stage(old, 'a', "(1, '2026-01-01')");
  await publish(old, first, { now });
  await publish(current, await stage(current, 'a', "(2, '2026-01-01')"), { now });

  expect(await publish(again, await stage(again, 'a', "(3, '2026-01-01')"), { now })).toMatchObject({ changed: true });
  expect(await publish(old, first, { now })).toMatchObject({ changed: false });
  // Older than what was published before the reprocessing.
  const between = nextRun('AA');
  const answer = await publish(between, await stage(between, 'a', "(4, '2026-01-01')"), { now });

  expect(answer).toEqual({ sink: SINK.id, rows: 0, changed: true });
  expect(await read()).toEqual(['2026-01-01: 3']);
});
