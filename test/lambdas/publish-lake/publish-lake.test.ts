import { CreateTableCommand as CreateLedgerCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateDatabaseCommand, CreateTableCommand, GetPartitionsCommand, GetTableCommand } from '@aws-sdk/client-glue';
import { DeleteObjectCommand, GetObjectTaggingCommand, ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import * as fc from 'fast-check';
import { publishLake } from '../../../lambdas/publish-lake/publish';
import { stageLake } from '../../../lambdas/publish-lake/stage';
import { type StagedLake, stagedLake } from '../../../lambdas/publish-lake/staged-lake';
import { readDocument } from '../../../lambdas/shared/manifest';
import { LEASE_MS, TableLock } from '../../../lambdas/shared/table-lock';
import type { LakeSink, OutputColumn, Run } from '../../../lib/tasks/common';
import { LAKE, RUN, type Staging, startStaging, WORK } from '../staging';

let staging: Staging;
let tables = 0;
let attempts = 0;
beforeAll(async () => {
  staging = await startStaging();
  await staging.glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'lakehouse' } }));
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

const COLUMNS: OutputColumn[] = [
  { name: 'id', type: { type: 'bigint' }, nullable: false },
  { name: 'day', type: { type: 'date' }, nullable: true },
  { name: 'shop', type: { type: 'text' }, nullable: true },
];

async function newTable(
  mode: 'append' | 'replace',
  partitionBy: string[] = ['day'],
  evolve = false,
): Promise<LakeSink> {
  const table = `orders_${tables++}`;
  const append = mode === 'append';
  await staging.glue.send(
    new CreateTableCommand({
      DatabaseName: 'lakehouse',
      TableInput: {
        Name: table,
        PartitionKeys: [...partitionBy, ...(append ? ['_load_id'] : [])].map((Name) => ({ Name, Type: 'string' })),
        StorageDescriptor: { Location: `s3://${LAKE}/lakehouse/${table}/`, Columns: [{ Name: 'id', Type: 'bigint' }] },
      },
    }),
  );
  return {
    kind: 'lake',
    id: `lake:${table}`,
    model: 'orders',
    columns: COLUMNS,
    write: { mode },
    evolve,
    database: 'lakehouse',
    table,
    partitionBy,
  };
}

let attempt = 0;
async function stage(
  sink: LakeSink,
  values: string,
  run: Run = RUN,
  columns = COLUMNS,
  filter = '',
): Promise<StagedLake> {
  const manifest = await staging.stage('orders', {
    orders: {
      columns,
      selects: [`select * from (values ${values}) as t(${columns.map(({ name }) => name).join(', ')}) ${filter}`],
    },
  });
  const loaded = await stageLake(
    { run, sink, action: 'stage', manifests: [manifest] },
    { s3: staging.s3, workBucket: WORK, lakeBucket: LAKE, attempt: `attempt-${attempt++}` },
  );
  return readDocument(staging.s3, WORK, loaded.manifest!, stagedLake);
}

const publish = (sink: LakeSink, staged: StagedLake, run: Run = RUN, clients: object = {}) =>
  publishLake(run, sink, staged, {
    glue: staging.glue,
    s3: staging.s3,
    ledger: { client: staging.dynamoDb, table: 'ledger' },
    lakeBucket: LAKE,
    attempt: `publish-${attempts++}`,
    now: Date.now,
    ...clients,
  });

/** DynamoDB for an attempt that is killed at its nth call of an operation. */
function killedAt(operation: string, nth: number): DynamoDBClient {
  let calls = 0;
  const send = async (command: { constructor: { name: string } }) => {
    if (command.constructor.name === operation && ++calls >= nth) throw new Error('killed');
    return staging.dynamoDb.send(command as never);
  };
  return { send } as never;
}

const partitions = async ({ table }: LakeSink): Promise<Record<string, string>> => {
  const { Partitions = [] } = await staging.glue.send(
    new GetPartitionsCommand({ DatabaseName: 'lakehouse', TableName: table }),
  );
  return Object.fromEntries(
    Partitions.map(({ Values, StorageDescriptor }) => [Values!.join('/'), StorageDescriptor!.Location!]),
  );
};

const locations = (staged: StagedLake) =>
  Object.fromEntries(staged.partitions.map(({ values, prefix }) => [values.join('/'), `s3://${LAKE}/${prefix}`]));

const DAYS = "(1::bigint, date '2026-01-01', 'a'), (2, date '2026-01-01', 'b'), (3, date '2026-01-02', 'a')";

test('staged files are partitioned, carry the bookkeeping columns, and nothing shows them yet', async () => {
  const sink = await newTable('append');

  const staged = await stage(sink, DAYS);

  expect(staged.partitions.map(({ values, rows }) => [values, rows])).toEqual([
    [['2026-01-01', RUN.loadId], 2],
    [['2026-01-02', RUN.loadId], 1],
  ]);
  expect(staged.partitions[0]!.prefix).toMatch(
    new RegExp(`^lakehouse/${sink.table}/day=2026-01-01/_load_id=${RUN.loadId}/g0-run-1-attempt-\\d+/$`),
  );
  const parts = staged.partitions.flatMap(({ files }) =>
    files.map((file) => ({ ...file, rows: 0, format: 'parquet' as const })),
  );
  expect(await staging.rows(parts.slice(1), LAKE)).toEqual([
    { id: '3', shop: 'a', _loaded_at: '2026-01-05 14:00:00', _arrival: RUN.arrival },
  ]);
  expect(await partitions(sink)).toEqual({});
});

test('NULL and odd characters are partitions like others', async () => {
  const sink = await newTable('append', ['shop']);

  const staged = await stage(sink, "(1::bigint, null::date, 'a/b=c d%'), (2, null, null)");

  expect(staged.partitions.map(({ values }) => values[0]).sort()).toEqual(['__HIVE_DEFAULT_PARTITION__', 'a/b=c d%']);
  await publish(sink, staged);
  expect(await partitions(sink)).toEqual(locations(staged));
});

test('publishing twice, by a retry or by another run of the same load, changes nothing', async () => {
  const sink = await newTable('append');
  const first = await stage(sink, DAYS);
  const again = await stage(sink, DAYS, { ...RUN, runId: 'run-2' });

  await expect(publish(sink, first)).resolves.toEqual({ sink: sink.id, rows: 3, changed: true });
  await expect(publish(sink, first)).resolves.toEqual({ sink: sink.id, rows: 3, changed: false });
  await expect(publish(sink, again, { ...RUN, runId: 'run-2' })).resolves.toEqual({
    sink: sink.id,
    rows: 3,
    changed: false,
  });

  expect(await partitions(sink)).toEqual(locations(first));
});

test('an attempt that died half way is completed by the next', async () => {
  const sink = await newTable('append');
  const first = await stage(sink, DAYS);
  const broken = { ...first, partitions: first.partitions.slice(0, 1) };
  const dying = publishLake(RUN, sink, broken, {
    glue: staging.glue,
    s3: staging.s3,
    ledger: { client: killedAt('PutItemCommand', 2), table: 'ledger' },
    lakeBucket: LAKE,
    attempt: 'dying',
    now: Date.now,
  });
  await expect(dying).rejects.toThrow('killed');

  await expect(publish(sink, first)).resolves.toMatchObject({ changed: true });

  expect(await partitions(sink)).toEqual(locations(first));
});

test('append keeps other loads; a reprocessed load takes the place of its earlier generation, and a late attempt of that changes nothing', async () => {
  const sink = await newTable('append');
  const other = { ...RUN, loadKey: 'orders:other', loadId: 'ffffffffffffffff' };
  const others = await stage(sink, DAYS, other);
  const first = await stage(sink, DAYS);
  const next = { ...RUN, generation: 1, runId: 'run-2' };
  const second = await stage(sink, "(9::bigint, date '2026-01-02', 'z')", next);
  await publish(sink, others, other);
  await publish(sink, first);

  await publish(sink, second, next);
  await expect(publish(sink, first)).resolves.toMatchObject({ changed: false, rows: 1 });

  expect(await partitions(sink)).toEqual({ ...locations(others), ...locations(second) });
});

test('replace swaps partitions and removes those that the load does not have; an older load does not come back', async () => {
  const sink = await newTable('replace');
  const first = await stage(sink, DAYS);
  const later = { ...RUN, loadKey: 'orders:later', loadId: 'eeeeeeeeeeeeeeee', arrival: `${RUN.arrival}1` };
  const second = await stage(sink, "(9::bigint, date '2026-01-02', 'z')", later);

  await publish(sink, first);
  expect(await partitions(sink)).toEqual(locations(first));
  await publish(sink, second, later);
  await publish(sink, first);

  expect(await partitions(sink)).toEqual(locations(second));
});

describe.each(['append', 'replace', 'replace of an interval'] as const)('%s', (mode) => {
  const dayOf = (n: number) => `2026-01-${String(n + 1).padStart(2, '0')}`;
  const loads = fc.array(
    fc.record({
      load: fc.integer({ min: 0, max: 3 }),
      generation: fc.constantFrom(0, 0, 1),
      times: fc.constantFrom(1, 2),
    }),
    { minLength: 3, maxLength: 7 },
  );
  const contents = fc.array(fc.tuple(fc.subarray([0, 1, 2, 3]), fc.subarray([0, 1, 2, 3])), {
    minLength: 4,
    maxLength: 4,
  });

  test('partitions are what a plain model says, in whichever order loads come, again, or anew', async () => {
    await fc.assert(
      fc.asyncProperty(contents, loads, async (content, order) => {
        const whole = await newTable(mode === 'append' ? 'append' : 'replace');
        const sink: LakeSink =
          mode === 'replace of an interval' ? { ...whole, write: { mode: 'replace', interval: 'day' } } : whole;
        const published = new Map<number, number>();
        let model = new Map<string, { load: number; location: string }>();
        for (const [index, { load, generation, times }] of order.entries()) {
          const chosen = content[load]![generation]!;
          // An interval of a day has the one partition, or none.
          const days = mode === 'replace of an interval' ? (chosen.length > 1 ? [load] : []) : chosen;
          const run: Run = {
            ...RUN,
            runId: `run-${index}`,
            executionArn: `${RUN.executionArn}-${sink.table}-${index}`,
            loadKey: `orders:${sink.table}-${load}`,
            loadId: `load${load}`,
            generation,
            arrival: `2026-02-0${load + 1}T00:00:00.000Z#0`,
            interval: { start: `${dayOf(load)}T00:00:00.000Z`, end: `${dayOf(load + 1)}T00:00:00.000Z` },
          };
          const values = days.map((day) => `(1::bigint, date '${dayOf(day)}', 'a')`).join(', ');
          const none = "(1::bigint, date '2026-01-01', 'a')";
          const staged = await stage(sink, values || none, run, COLUMNS, values ? '' : 'where false');
          for (let time = 0; time < times; time++) await publish(sink, staged, run);

          if ((published.get(load) ?? -1) >= generation) continue;
          const overtaken =
            mode === 'replace' && generation === 0 && [...published.keys()].some((other) => other > load);
          published.set(load, generation);
          if (overtaken) continue;
          const stays = (one: { load: number }) => mode !== 'replace' && one.load !== load;
          model = new Map([...model].filter(([, one]) => stays(one)));
          for (const [values, location] of Object.entries(locations(staged))) model.set(values, { load, location });
        }

        expect(await partitions(sink)).toEqual(Object.fromEntries([...model].map(([key, one]) => [key, one.location])));
      }),
      { numRuns: 4 },
    );
  });
});

test('the interval that is replaced may have more days than one, and rows without a day stay', async () => {
  const sink: LakeSink = { ...(await newTable('replace')), write: { mode: 'replace', interval: 'day' } };
  const earlier = {
    ...RUN,
    loadKey: 'orders:earlier',
    loadId: 'earlier',
    interval: { start: '2025-12-01T00:00:00Z', end: '2026-01-01T00:00:00Z' },
  };
  const run = { ...RUN, interval: { start: '2026-01-01T00:00:00Z', end: '2026-02-01T00:00:00Z' } };
  const old = await stage(sink, "(1::bigint, date '2025-12-31', 'a'), (2, null, 'a')", earlier);
  await publish(sink, old, earlier);
  await publish(sink, await stage(sink, DAYS, run), run);
  const again = { ...run, generation: 1, runId: 'again' };

  const staged = await stage(sink, "(9::bigint, date '2026-01-31', 'z')", again);
  await publish(sink, staged, again);

  expect(await partitions(sink)).toEqual({ ...locations(old), ...locations(staged) });
});

test('replace of a table without partitions moves the table', async () => {
  const sink = await newTable('replace', []);
  const staged = await stage(sink, DAYS);

  await publish(sink, staged);

  const { Table } = await staging.glue.send(new GetTableCommand({ DatabaseName: 'lakehouse', Name: sink.table }));
  expect(Table!.StorageDescriptor!.Location).toBe(`s3://${LAKE}/${staged.partitions[0]!.prefix}`);
  expect(staged.partitions[0]!.files).toHaveLength(1);
});

test('a new column of the input becomes a column of the table', async () => {
  const sink = await newTable('append', ['day'], true);
  const columns: OutputColumn[] = [...COLUMNS, { name: 'gift', type: { type: 'text' }, nullable: true }];
  const staged = await stage(sink, "(1::bigint, date '2026-01-01', 'a', 'yes')", RUN, columns);

  await publish(sink, staged);

  const { Table } = await staging.glue.send(new GetTableCommand({ DatabaseName: 'lakehouse', Name: sink.table }));
  expect(Table!.StorageDescriptor!.Columns).toContainEqual(expect.objectContaining({ Name: 'gift', Type: 'string' }));
});

test('a load without rows publishes nothing, and says so', async () => {
  const sink = await newTable('append');
  const staged = await stage(sink, '(1::bigint, null::date, null::varchar)', RUN, COLUMNS, 'where false');

  await expect(publish(sink, staged)).resolves.toEqual({ sink: sink.id, rows: 0, changed: true });
  expect(await partitions(sink)).toEqual({});
});

test.each([
  ['empty', "''"],
  ["Hive's name for NULL", "'__HIVE_DEFAULT_PARTITION__'"],
  ['longer than a name may be', "repeat('é', 50)"],
])('a value that is %s is refused as a partition, in words', async (_, value) => {
  const sink = await newTable('append', ['shop']);

  await expect(stage(sink, `(1, DATE '2026-01-01', NULL), (2, NULL, ${value})`)).rejects.toMatchObject({
    name: 'ModelFailed',
    message: expect.stringContaining('in partition column shop, which cannot be the name of a partition'),
  });
});

/** The tag that the lifecycle rules look at, of each file under the prefix. */
async function tags(Prefix: string): Promise<string[]> {
  const { Contents = [] } = await staging.s3.send(new ListObjectsV2Command({ Bucket: LAKE, Prefix }));
  return Promise.all(
    Contents.map(async ({ Key }) => {
      const { TagSet = [] } = await staging.s3.send(new GetObjectTaggingCommand({ Bucket: LAKE, Key }));
      return TagSet.map(({ Value }) => Value).join();
    }),
  );
}

test.each([
  ['partitions', ['day']],
  ['a table without partitions', []],
])('files expire before %s name them and after, and never while they do', async (_name, partitionBy) => {
  const sink = await newTable('replace', partitionBy);
  const next = {
    ...RUN,
    runId: 'run-2',
    executionArn: `${RUN.executionArn}-2`,
    loadKey: 'orders:2',
    arrival: `${RUN.arrival}2`,
  };
  const first = await stage(sink, DAYS);
  const unpublished = await stage(sink, DAYS);
  expect((await tags(`lakehouse/${sink.table}/`)).every((tag) => tag === 'staged')).toBe(true);

  await publish(sink, first);
  const ofFirst = async () => (await Promise.all(first.partitions.map(({ prefix }) => tags(prefix)))).flat();
  expect(await ofFirst()).toEqual(first.partitions.map(() => ''));
  const second = await stage(sink, "(4::bigint, date '2026-01-02', 'a')", next);
  await publish(sink, second, next);

  expect(await ofFirst()).toEqual(first.partitions.map(() => 'superseded'));
  expect(await tags(second.partitions[0]!.prefix)).toEqual(['']);
  expect(await tags(unpublished.partitions[0]!.prefix)).toEqual(['staged']);
  // A file that has expired is not published.
  const key = unpublished.partitions[0]!.files[0]!.key;
  await staging.s3.send(new DeleteObjectCommand({ Bucket: LAKE, Key: key }));
  const third = { ...next, loadKey: 'orders:3', arrival: `${RUN.arrival}3` };
  await expect(publish(sink, unpublished, third)).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('an attempt that has lost the table tags no files of it', async () => {
  const sink = await newTable('replace', []);
  const runs = [2, 3].map((n) => ({
    ...RUN,
    runId: `run-${n}`,
    executionArn: `${RUN.executionArn}-${n}`,
    loadKey: `orders:${n}`,
    arrival: `${RUN.arrival}${n}`,
  }));
  const [next, other] = runs as [Run, Run];
  const first = await stage(sink, DAYS);
  await publish(sink, first);
  const second = await stage(sink, DAYS, next);
  let time = Date.now();
  const publisher = { ledger: { client: staging.dynamoDb, table: 'ledger' }, now: () => time };
  // It stands still when it has found the files that it replaces, until its time has run out.
  const slow = async (command: object) => {
    const answer = await staging.s3.send(command as never);
    if (command instanceof ListObjectsV2Command) {
      time += LEASE_MS;
      const table = { id: `${sink.database}.${sink.table}`, write: sink.write };
      await TableLock.take(other, table, { ...publisher, attempt: 'other' });
    }
    return answer;
  };

  const publishing = publishLake(next, sink, second, {
    ...publisher,
    glue: staging.glue,
    s3: { send: slow } as unknown as S3Client,
    lakeBucket: LAKE,
    attempt: 'slow',
  });

  await expect(publishing).rejects.toMatchObject({ name: 'StillRunning' });
  expect(await tags(first.partitions[0]!.prefix)).toEqual(['']);
});

test('many small parts become one file a partition, however many partitions there are', async () => {
  const sink = await newTable('append', ['shop']);
  const part = (n: number) =>
    `select i::bigint as id, null::date as day, 'shop ' || (i % 150) as shop from range(${n * 300}, ${n * 300 + 300}) t(i)`;
  const manifest = await staging.stage('orders', {
    orders: { columns: COLUMNS, selects: Array.from({ length: 59 }, (_, n) => part(n)) },
  });

  const loaded = await stageLake(
    { run: RUN, sink, action: 'stage', manifests: [manifest] },
    { s3: staging.s3, workBucket: WORK, lakeBucket: LAKE, attempt: `attempt-${attempt++}` },
  );

  const { partitions: written } = await readDocument(staging.s3, WORK, loaded.manifest!, stagedLake);
  expect(written).toHaveLength(150);
  expect(written.map(({ rows, files }) => [rows, files.length])).toEqual(written.map(() => [118, 1]));
});

test('no call goes on, with its retries, for longer than the lock is sure to be held', async () => {
  const limits: (number | undefined)[] = [];
  const timeout = jest.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    return Object.assign(new AbortController().signal, { ms });
  });
  const watched = (client: { send(command: never, options?: object): Promise<unknown> }) => ({
    send: (command: never, options: { abortSignal?: { ms?: number } } = {}) => {
      limits.push(options.abortSignal?.ms);
      return client.send(command);
    },
  });
  const sink = await newTable('append');
  const staged = await stage(sink, DAYS);

  await publish(sink, staged, RUN, { s3: watched(staging.s3 as never), glue: watched(staging.glue as never) });

  expect(limits.length).toBeGreaterThan(2);
  expect(new Set(limits)).toEqual(new Set([90_000]));
  timeout.mockRestore();
});
