import { loadPostgres } from '../../../lambdas/load-postgres/load';
import { loadPlan } from '../../../lambdas/load-postgres/load-plan';
import { publishPostgres } from '../../../lambdas/publish/publish-postgres';
import type { Manifest, OutputColumn, PostgresSink, Run } from '../../../lib/tasks/common';
import { type PostgresCloud, startPostgresCloud } from '../databases';
import { COLUMNS, manifestOf, POSTGRES_SINK, RUN } from '../fixtures';

let cloud: PostgresCloud;
let tests = 0;
let sink: PostgresSink;

beforeAll(async () => {
  cloud = await startPostgresCloud();
});
afterAll(() => cloud.close());
beforeEach(() => {
  tests += 1;
  sink = { ...POSTGRES_SINK, table: `orders_${tests}` };
});

/** The `n`th load: another set of objects, another execution, and later. */
function runOf(n: number, more: Partial<Run> = {}): Run {
  return {
    ...RUN,
    runId: `run-${n}`,
    executionArn: `${RUN.executionArn}-${tests}-${n}`,
    loadKey: `orders:${tests}-${n}`,
    loadId: `load${n}`,
    arrival: `2026-01-0${n}T00:00:00.000Z#0`,
    ...more,
  };
}

let parts = 0;
async function staged(
  csv: string,
  columns: OutputColumn[] = COLUMNS,
  rows = csv.split('\n').length - 1,
): Promise<Manifest> {
  parts += 1;
  const key = `runs/orders/run/order_lines/${parts}.csv`;
  await cloud.putCsv(key, csv);
  return manifestOf([{ key, rows, format: 'csv' }], columns);
}

const load = (run: Run, manifests: Manifest[], into = sink) =>
  loadPostgres(
    { run, sink: into, manifests: [] },
    { postgres: cloud.postgres, workBucket: 'work', region: 'us-east-1', readManifests: async () => manifests },
  );
const publish = async (run: Run, manifests: Manifest[], into = sink) =>
  publishPostgres({ run, sink: into, loaded: await load(run, manifests, into) }, cloud.postgres);
const table = (columns = 'order_id, email') => cloud.query(`SELECT ${columns} FROM shop.${sink.table} ORDER BY 1, 2`);

test('the plan says which files go where', () => {
  const manifests = [
    manifestOf([
      { key: 'a.csv', rows: 2, format: 'csv' },
      { key: 'a.parquet', rows: 2 },
    ]),
  ];

  const plan = loadPlan({ run: RUN, sink: POSTGRES_SINK, manifests, workBucket: 'work', region: 'eu-west-1' });

  expect(plan).toEqual({
    staging: expect.stringMatching(/^stg_orders_[0-9a-f]{12}$/),
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    stagingDdl: [
      `DROP TABLE IF EXISTS "stepwell_orders"."${plan.staging}"`,
      `CREATE TABLE "stepwell_orders"."${plan.staging}" ("order_id" bigint, "email" varchar(100), "total" numeric(12, 2), ` +
        '"ordered_at" timestamp, "details" jsonb, _ordinal bigint GENERATED ALWAYS AS IDENTITY)',
    ],
    parts: [
      {
        bucket: 'work',
        key: 'a.csv',
        region: 'eu-west-1',
        columns: '"order_id", "email", "total", "ordered_at", "details"',
      },
    ],
    rows: 4,
    target: {
      schema: 'shop',
      table: 'orders',
      ddl:
        'CREATE TABLE IF NOT EXISTS "shop"."orders" ("order_id" bigint, "email" varchar(100), "total" numeric(12, 2), "ordered_at" timestamp, ' +
        '"details" jsonb, "_load_id" varchar(64) NOT NULL, "_loaded_at" timestamp NOT NULL, "_arrival" varchar(96) COLLATE "C" NOT NULL, PRIMARY KEY ("order_id"))',
      widen: [
        { name: 'order_id', type: 'bigint' },
        { name: 'email', type: 'varchar(100)' },
        { name: 'total', type: 'numeric(12, 2)' },
        { name: 'ordered_at', type: 'timestamp' },
        { name: 'details', type: 'jsonb' },
      ],
      required: [],
    },
    side: null,
  });
});

test('rows with every type, NULL and empty text come to the table as they are', async () => {
  const manifest = await staged(
    `9007199254740993,"a ""b""\n😀",12.30,2026-01-01 10:00:00.123456,"{""a"": [1, null]}"\n2,"",,,\n`,
    COLUMNS,
    2,
  );

  const published = await publish(runOf(1), [manifest]);

  expect(published).toEqual({ sink: sink.id, rows: 2, changed: true });
  expect(await table('order_id, email, total, ordered_at, details, _load_id, _arrival')).toEqual([
    ['2', '', null, null, null, 'load1', '2026-01-01T00:00:00.000Z#0'],
    [
      '9007199254740993',
      'a "b"\n😀',
      '12.30',
      '2026-01-01 10:00:00.123456',
      '{"a": [1, null]}',
      'load1',
      '2026-01-01T00:00:00.000Z#0',
    ],
  ]);
});

test('a model that has a new column since its table was made widens it', async () => {
  const [id, email] = COLUMNS as [OutputColumn, OutputColumn];
  const before = { ...sink, columns: [id], write: { mode: 'append' as const } };
  const after = { ...before, columns: [id, email] };
  await publish(runOf(1), [await staged('1\n', [id])], before);

  await publish(runOf(2), [await staged('2,"b"\n', [id, email])], after);

  expect(await table()).toEqual([
    ['1', null],
    ['2', 'b'],
  ]);
});

test('of several rows with one key the newest wins, and on a tie the last in the files', async () => {
  const first = await staged(
    '1,a,1,2026-01-02 00:00:00,\n1,b,1,2026-01-03 00:00:00,\n1,c,1,2026-01-01 00:00:00,\n2,x,1,,\n',
  );
  const second = await staged('1,d,1,2026-01-03 00:00:00,\n2,y,1,,\n');

  const published = await publish(runOf(1), [first, second]);

  expect(published.rows).toBe(2);
  expect(await table()).toEqual([
    ['1', 'd'],
    ['2', 'y'],
  ]);
});

test('a merge keeps what is newer in the table, by newestBy first and then by arrival', async () => {
  await publish(runOf(2), [await staged('1,old,1,2026-01-05 00:00:00,\n2,old,1,2026-01-05 00:00:00,\n3,old,1,,\n')]);

  await publish(runOf(3), [
    await staged(
      '1,older,1,2026-01-01 00:00:00,\n2,same time,1,2026-01-05 00:00:00,\n3,now known,1,2026-01-01 00:00:00,\n',
    ),
  ]);
  await publish(runOf(1), [await staged('2,late file,1,2026-01-05 00:00:00,\n3,,1,,\n4,new,1,,\n')]);

  expect(await table()).toEqual([
    ['1', 'old'],
    ['2', 'same time'],
    ['3', 'now known'],
    ['4', 'new'],
  ]);
});

test('without newestBy a file that arrives late does not overwrite', async () => {
  sink = { ...sink, write: { mode: 'merge', keys: ['order_id'] } };
  await publish(runOf(2), [await staged('1,second file,1,,\n')]);

  await publish(runOf(1), [await staged('1,first file,1,,\n2,first file,1,,\n')]);
  await publish(runOf(3), [await staged('2,third file,1,,\n')]);

  expect(await table()).toEqual([
    ['1', 'second file'],
    ['2', 'third file'],
  ]);
});

test('append keeps every row once, also when another run publishes the same load', async () => {
  sink = { ...sink, write: { mode: 'append' } };
  const manifest = await staged('1,a,1,,\n1,a,1,,\n');
  await publish(runOf(1), [manifest]);

  const again = await publish({ ...runOf(1), runId: 'other', executionArn: 'arn:other' }, [manifest]);

  expect(again).toEqual({ sink: sink.id, rows: 2, changed: false });
  expect(await table()).toHaveLength(2);
});

test('replace holds the last file alone, and a late older file does not put it back', async () => {
  sink = { ...sink, write: { mode: 'replace' } };
  await publish(runOf(1), [await staged('1,a,1,,\n')]);
  await publish(runOf(3), [await staged('3,c,1,,\n4,d,1,,\n')]);

  const late = await publish(runOf(2), [await staged('2,b,1,,\n')]);

  expect(late).toEqual({ sink: sink.id, rows: 0, changed: true });
  expect(await table()).toEqual([
    ['3', 'c'],
    ['4', 'd'],
  ]);
});

test.each(['append', 'merge', 'replace'] as const)('reprocessing replaces the load: %s', async (mode) => {
  sink = { ...sink, write: mode === 'merge' ? { mode, keys: ['order_id'] } : { mode } };
  await publish(runOf(1), [await staged('1,a,1,,\n2,gone,1,,\n')]);

  const run = runOf(1, { generation: 1, executionArn: 'arn:reprocess', runId: 'again' });
  const published = await publish(run, [await staged('1,corrected,1,,\n')]);
  const stale = await publish(runOf(1), [await staged('1,a zombie,1,,\n')]);

  expect(published).toEqual({ sink: sink.id, rows: 1, changed: true });
  expect(stale.changed).toBe(false);
  expect(await table()).toEqual([['1', 'corrected']]);
});

test('evolving adds a nullable column to the table; parts without it have NULL there', async () => {
  sink = { ...sink, evolve: true };
  const coupon = { name: 'Coupon', type: { type: 'text' as const }, nullable: true };
  await publish(runOf(1), [await staged('1,a,1,,\n')]);

  const manifests = [await staged('2,b,1,,,SAVE10\n', [...COLUMNS, coupon]), await staged('3,c,1,,\n')];
  await publish(runOf(2), manifests);
  await publish(runOf(3), [await staged('4,d,1,,,X\n', [...COLUMNS, coupon])]);

  expect(await table('order_id, email, "Coupon"')).toEqual([
    ['1', 'a', null],
    ['2', 'b', 'SAVE10'],
    ['3', 'c', null],
    ['4', 'd', 'X'],
  ]);
});

test('a load without rows makes the table and publishes nothing', async () => {
  const published = await publish(runOf(1), [manifestOf([{ key: 'none.csv', rows: 0, format: 'csv' }])]);

  expect(published).toEqual({ sink: sink.id, rows: 0, changed: true });
  expect(await table()).toEqual([]);
});

test('fewer rows than the manifests name are never published', async () => {
  const manifest = await staged('1,a,1,,\n', COLUMNS, 2);

  await expect(publish(runOf(1), [manifest])).rejects.toMatchObject({
    name: 'RowsDoNotReconcile',
    message: '1 rows were imported, but the manifests name 2. Nothing was published.',
  });
});

test('a value that does not fit fails in words, with the line', async () => {
  const manifest = await staged(`1,${'x'.repeat(101)},1,,\n`);

  await expect(publish(runOf(1), [manifest])).rejects.toMatchObject({
    name: 'StatementFailed',
    message: expect.stringMatching(/value too long for type character varying\(100\).*\(SQLSTATE 22001\)/),
  });
});

test('a missing grant on the schema is told as such', async () => {
  const manifest = await staged('1,a,1,,\n');

  await expect(publish(runOf(1), [manifest], { ...sink, schema: 'public' })).rejects.toMatchObject({
    name: 'StatementFailed',
    message: expect.stringContaining('permission denied for schema public'),
  });
});

test('tables, columns and values with quotes in their names are what they are called', async () => {
  const columns: OutputColumn[] = [
    { name: 'order', type: { type: 'bigint' }, nullable: true },
    { name: `it's "quoted"`, type: { type: 'text' }, nullable: true },
  ];
  sink = {
    ...sink,
    table: `Order's "table" ${tests}`,
    columns,
    write: { mode: 'merge', keys: ['order'], newestBy: `it's "quoted"` },
  };

  await publish(runOf(1, { runId: `it's`, loadKey: `o'; DROP TABLE x; --` }), [await staged('1,a\n1,b\n', columns)]);

  const rows = await cloud.query(`SELECT * FROM shop."Order's ""table"" ${tests}"`);
  expect(rows.map((row) => row.slice(0, 2))).toEqual([['1', 'b']]);
});
