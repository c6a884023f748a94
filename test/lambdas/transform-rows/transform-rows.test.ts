/** A user's row function over staged Parquet in the local S3; and the batches that row-wise models run in. */
import { gunzipSync } from 'node:zlib';
import { planBatches } from '../../../lambdas/shared/plan-batches';
import { transformRows } from '../../../lambdas/transform-rows/transform-rows';
import { BadRow } from '../../../lib/pipeline';
import type { ContractColumn, OutputColumn, PartFormat } from '../../../lib/tasks/common';
import type { TransformRowsInput } from '../../../lib/tasks/transform-rows';
import { column, RUN, type Staging, startStaging, WORK } from '../staging';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const given = (name: string, type: OutputColumn['type']): OutputColumn => ({ name, type, nullable: true });
const ORDERS: OutputColumn[] = [
  given('id', { type: 'bigint' }),
  given('total', { type: 'decimal', precision: 12, scale: 2 }),
  given('at', { type: 'timestamp' }),
  given('day', { type: 'date' }),
  given('doc', { type: 'json' }),
  given('ok', { type: 'boolean' }),
  given('qty', { type: 'integer' }),
  given('price', { type: 'double' }),
  given('note', { type: 'text' }),
];
const SELECT = `SELECT 9007199254740993::BIGINT AS id, 12.50::DECIMAL(12,2) AS total, TIMESTAMP '2026-01-31 12:00:00.123456' AS at,
  DATE '2026-01-31' AS day, '{"n": 1.10}' AS doc, true AS ok, 7::INTEGER AS qty, 0.5::DOUBLE AS price, 'é' AS note`;
const contract = ORDERS.map(({ name, type }) => column(name, type));

type Input = Extract<TransformRowsInput, { action: 'transform' }>;
let attempts = 0;
const lines: string[] = [];
const log = (message: string) => {
  lines.push(message);
};
interface Options {
  readonly selects?: readonly string[];
  readonly columns?: readonly ContractColumn[];
  readonly formats?: PartFormat[];
  readonly onDrift?: 'fail' | 'ignore' | 'evolve';
  readonly batches?: number;
}
async function run(
  work: unknown,
  { selects = [SELECT], columns = contract, formats = ['parquet'], ...more }: Options = {},
) {
  const staged = await staging.stage('orders', { orders: { columns: ORDERS, selects } });
  const input: Input = {
    action: 'transform',
    run: RUN,
    model: {
      name: 'clean',
      file: './clean.ts',
      columns: [...columns],
      onDrift: more.onDrift ?? 'fail',
      onBadRow: { maxRate: 0.5 },
      formats,
      input: { name: 'orders', columns: ORDERS },
    },
    batch: '0000',
    batches: more.batches ?? 1,
    manifests: [staged],
  };
  const output = await transformRows(
    input,
    { default: work },
    {
      s3: staging.s3,
      workBucket: WORK,
      attempt: `attempt-${attempts++}`,
      log: { debug: log, info: log, warn: log, error: log },
    },
  );
  const manifest = await staging.manifest(output.manifest);
  const { parts } = manifest.datasets.clean!;
  return { output, manifest, parts, rows: await staging.rows(parts), rejects: await staging.rejects(manifest) };
}

test('what goes through unchanged stays as it was, in every type and digit', async () => {
  const { rows, output } = await run((row: object) => row, {
    selects: [
      SELECT,
      'SELECT NULL::BIGINT AS id, NULL::DECIMAL(12,2) AS total, NULL::TIMESTAMP AS at, NULL::DATE AS day, NULL AS doc, NULL::BOOLEAN AS ok, NULL::INTEGER AS qty, NULL::DOUBLE AS price, NULL AS note',
    ],
  });

  expect(rows).toEqual(
    expect.arrayContaining([
      {
        id: '9007199254740993',
        total: '12.50',
        at: '2026-01-31 12:00:00.123456',
        day: '2026-01-31',
        doc: '{"n": 1.10}',
        ok: true,
        qty: 7,
        price: 0.5,
        note: 'é',
      },
      { id: null, total: null, at: null, day: null, doc: null, ok: null, qty: null, price: null, note: null },
    ]),
  );
  expect(output).toMatchObject({ rows: 2, rejected: 0 });
});

test('the function gets exact values, and returns rows of its own contract: one, several, none, later', async () => {
  const seen: unknown[] = [];
  const columns = [column('id', 'bigint', { nullable: false, key: true }), column('text', 'text')];
  const { rows } = await run(
    async (row: { id: bigint; qty: number }) => {
      seen.push(row);
      if (row.qty === 1) return null;
      return row.qty === 2
        ? [
            { id: row.id, text: 'a' },
            { id: row.id + 1n, text: 'b' },
          ]
        : { id: row.id, text: 'c' };
    },
    { columns, selects: [1, 2, 3].map((qty) => SELECT.replace('7::INTEGER', `${qty}::INTEGER`)) },
  );

  expect(seen[0]).toEqual({
    id: 9007199254740993n,
    total: '12.50',
    at: '2026-01-31T12:00:00.123456Z',
    day: '2026-01-31',
    doc: '{"n": 1.10}',
    ok: true,
    qty: expect.any(Number),
    price: 0.5,
    note: 'é',
  });
  expect(rows.map(({ text }) => text).sort()).toEqual(['a', 'b', 'c']);
});

test('what does not keep to the contract, or is thrown as a BadRow, goes to quarantine with the row that it was made of', async () => {
  const columns = [column('qty', 'integer', { nullable: false })];
  const { output, manifest, rejects } = await run(
    ({ qty }: { qty: number }) => {
      if (qty === 1) throw new BadRow('one is too few');
      return { qty: qty === 2 ? 'two' : qty };
    },
    { columns, selects: [1, 2, 3, 4].map((qty) => SELECT.replace('7::INTEGER', `${qty}::INTEGER`)) },
  );

  expect(output).toMatchObject({ rows: 2, rejected: 2 });
  expect(manifest.source).toMatchObject({ name: 'clean', isModel: true, read: 4, rejected: 2 });
  expect(rejects.map(({ source, column: of, reason }) => ({ source, of, reason }))).toEqual(
    expect.arrayContaining([
      { source: 'clean', of: null, reason: 'one is too few' },
      { source: 'clean', of: 'qty', reason: "'two' is not a whole number" },
    ]),
  );
  expect(JSON.parse(rejects[0]!.raw)).toMatchObject({ note: 'é', total: '12.50' });
});

test.each<[string, unknown, string, RegExp]>([
  [
    'throws',
    ({ note }: { note: string | null }) => (note as unknown as { nope: string[] }).nope.length,
    'RowFunctionFailed',
    /^Model clean \(\.\/clean\.ts\) failed: TypeError: Cannot read .* \(at .*transform-rows\.test\.ts:\d+:\d+.*\)\. The row: \{"id":9007199254740993,/,
  ],
  [
    'returns no row',
    () => 'done',
    'RowFunctionFailed',
    /^Model clean \(\.\/clean\.ts\) returned "done", which is no row, no list of rows and not null\./,
  ],
  ['is none', undefined, 'RowFunctionFailed', /has no function as its default export/],
  ['returns a member that the contract does not have', () => ({ qty: 1, more: 2 }), 'ContractDrift', /more/],
  ['returns too many bad rows', () => ({ qty: 'x' }), 'TooManyBadRows', /^1 of 1 rows of model clean are bad/],
])('a function that %s fails the run', async (_, work, name, message) => {
  const columns = [column('qty', 'integer', { nullable: false })];
  await expect(run(work, { columns })).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
});

test('a database that imports CSV gets each part as that, too', async () => {
  const { parts } = await run(({ qty, note }: { qty: number; note: string }) => ({ qty, note }), {
    columns: [column('qty', 'integer'), column('note', 'text')],
    formats: ['csv'],
  });

  const csv = parts.find(({ format }) => format === 'csv')!;
  expect(gunzipSync(await staging.read(csv)).toString()).toBe('7,é\n');
  expect(csv.rows).toBe(1);
});

test('an input without rows gives a model without rows', async () => {
  const { output, parts } = await run((row: object) => row, { selects: [] });
  expect([output.rows, parts]).toEqual([0, []]);
});

describe('batches', () => {
  const plan = async (selects: readonly string[], batchBytes?: number) => {
    const staged = await staging.stage('orders', { orders: { columns: ORDERS, selects } });
    const { batches } = await planBatches(
      { action: 'plan', run: RUN, model: 'clean', input: { name: 'orders', columns: ORDERS }, manifests: [staged] },
      { s3: staging.s3, workBucket: WORK, attempt: `attempt-${attempts++}`, ...(batchBytes ? { batchBytes } : {}) },
    );
    const documents = await Promise.all(batches.map(({ manifests: [one] }) => staging.manifest(one!)));
    return { batches, parts: documents.map(({ datasets }) => datasets.orders!) };
  };

  test('a small input is one; so is one without rows', async () => {
    expect((await plan([SELECT, SELECT])).parts).toMatchObject([{ rows: 2, columns: ORDERS }]);
    expect((await plan([])).parts).toEqual([{ rows: 0, columns: ORDERS, parts: [] }]);
  });

  test('a large one is cut between its parts, each part in one batch', async () => {
    const selects = Array.from({ length: 7 }, () => SELECT);
    const { batches, parts } = await plan(selects, 1);
    expect(batches.map(({ id }) => id)).toEqual(['0000', '0001', '0002', '0003', '0004', '0005', '0006']);
    const keys = parts.flatMap((batch) => batch.parts.map(({ key }) => key));
    expect(new Set(keys).size).toBe(7);

    const [first] = parts[0]!.parts;
    const pairs = await plan(selects, 2 * first!.length);
    expect(pairs.parts.map(({ rows }) => rows)).toEqual([2, 2, 2, 1]);
  });
});
