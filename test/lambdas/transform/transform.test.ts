import { gunzipSync } from 'node:zlib';
import { transform } from '../../../lambdas/transform/transform';
import type { OutputColumn, PartFormat } from '../../../lib/tasks/common';
import { RUN, type Staging, startStaging, WORK } from '../staging';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const ORDERS: OutputColumn[] = [
  { name: 'id', type: { type: 'bigint' }, nullable: false },
  { name: 'customer', type: { type: 'text' }, nullable: true },
];
const TOTALS: OutputColumn[] = [
  { name: 'customer', type: { type: 'text' }, nullable: true },
  { name: 'orders', type: { type: 'bigint' }, nullable: true },
];
const SQL = 'select customer, count(*) as orders from orders group by all order by 1;';

let attempt = 0;
const run = (options: {
  manifests: { key: string; etag: string; length: number }[];
  sql?: string;
  formats?: PartFormat[];
  columns?: OutputColumn[];
}) =>
  transform(
    {
      run: RUN,
      model: {
        name: 'totals',
        sql: options.sql ?? SQL,
        columns: options.columns ?? TOTALS,
        formats: options.formats ?? ['parquet'],
        inputs: [{ name: 'orders', columns: ORDERS }],
      },
      manifests: options.manifests,
    },
    { s3: staging.s3, workBucket: WORK, attempt: `attempt-${attempt++}` },
  );

const orders = (...selects: string[]) => staging.stage('orders', { orders: { columns: ORDERS, selects } });

test('a model reads the parts that manifests name, in all of them, and nothing else', async () => {
  await orders("select 9::bigint as id, 'unnamed' as customer");
  const first = await orders("select 1::bigint as id, 'a' as customer", "select 2::bigint as id, 'b' as customer");
  const second = await orders("select 3::bigint as id, 'a' as customer");

  const output = await run({ manifests: [first, second] });

  const { datasets } = await staging.manifest(output.manifest);
  expect(await staging.rows(datasets.totals!.parts)).toEqual([
    { customer: 'a', orders: '2' },
    { customer: 'b', orders: '1' },
  ]);
  expect(output).toMatchObject({ rows: 2, rejected: 0, bytes: datasets.totals!.parts[0]!.length });
});

test('a csv part has the same rows', async () => {
  const output = await run({
    manifests: [
      await orders(
        'select 1::bigint as id, \'a, "b"\' as customer',
        'select 2::bigint as id, null::varchar as customer',
      ),
    ],
    formats: ['parquet', 'csv'],
    sql: 'select customer, id as orders from orders order by id',
  });

  const { datasets } = await staging.manifest(output.manifest);
  const [, csv] = datasets.totals!.parts;
  expect(csv).toMatchObject({ format: 'csv', rows: 2 });
  expect(gunzipSync(await staging.read(csv!)).toString()).toBe('"a, ""b""",1\n,2\n');
});

test('without any rows there are no parts, and the columns are known all the same', async () => {
  const output = await run({ manifests: [await orders()] });

  const { datasets } = await staging.manifest(output.manifest);
  expect(datasets.totals).toEqual({ rows: 0, columns: TOTALS, parts: [] });
});

test('a column that is new in some input is NULL elsewhere, and passed on by select *', async () => {
  const evolved: OutputColumn[] = [...ORDERS, { name: 'gift', type: { type: 'text' }, nullable: true }];
  const output = await run({
    manifests: [
      await orders("select 1::bigint as id, 'a' as customer"),
      await staging.stage('orders', {
        orders: { columns: evolved, selects: ["select 2::bigint as id, 'b' as customer, 'yes' as gift"] },
      }),
    ],
    sql: 'select * from orders order by id',
    columns: ORDERS,
  });

  const { datasets } = await staging.manifest(output.manifest);
  expect(datasets.totals!.columns.at(-1)).toEqual({ name: 'gift', type: { type: 'text' }, nullable: true });
  expect(await staging.rows(datasets.totals!.parts)).toEqual([
    { id: '1', customer: 'a', gift: null },
    { id: '2', customer: 'b', gift: 'yes' },
  ]);
});

test.each([
  [
    'a value that cannot be converted',
    'select customer,\n cast(customer as bigint) as orders\nfrom orders',
    "Could not convert string 'a' to INT64",
    'line 2 of its SQL: cast(customer as bigint) as orders',
  ],
  [
    'an unknown column',
    'select customer, count(x) as orders\nfrom orders group by all',
    'Referenced column "x" not found',
    'line 1 of its SQL',
  ],
  ['a missing column', 'select customer from orders', 'it has no column orders', ''],
])('%s is ModelFailed with the cause and its line', async (_, sql, cause, line) => {
  const manifests = [await orders("select 1::bigint as id, 'a' as customer")];

  await expect(run({ manifests, sql })).rejects.toMatchObject({
    name: 'ModelFailed',
    message: expect.stringMatching(new RegExp(`^Model totals failed: .*${literally(cause)}.*${literally(line)}`, 's')),
  });
});

test('a part that is not the one of the manifest is never read', async () => {
  const ref = await orders("select 1::bigint as id, 'a' as customer");

  await expect(run({ manifests: [{ ...ref, etag: '00000000000000000000000000000000' }] })).rejects.toMatchObject({
    name: 'UnreadableFile',
  });
});

const literally = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
