import * as fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { checkStaged } from '../../../lambdas/check/check';
import { judgeValue } from '../../../lambdas/shared/contract/judge-value';
import { openRowWriter } from '../../../lambdas/shared/rows/row-writer';
import { textOf } from '../../../lambdas/shared/rows/value-text';
import type { ColumnType, ContractColumn } from '../../../lib/tasks/common';
import { codePoint } from '../../fixtures/any-text';
import { extract } from '../extract-files/extract';
import { column, RUN, type Staging, startStaging, WORK } from '../staging';
import { sourceOf, writeRows } from './rows';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const ALL: ContractColumn[] = [
  column('whole', 'integer'),
  column('long', 'bigint'),
  column('small', { type: 'decimal', precision: 9, scale: 2 }),
  column('money', { type: 'decimal', precision: 18, scale: 4 }),
  column('wide', { type: 'decimal', precision: 38, scale: 10 }),
  column('ratio', 'double'),
  column('name', { type: 'text', length: 20 }),
  column('flag', 'boolean'),
  column('day', 'date'),
  column('at', 'timestamp'),
  column('doc', 'json'),
];

const ONE = {
  whole: -7,
  long: 9223372036854775807n,
  small: '1234567.89',
  money: '-99999999999999.9999',
  wide: '-1234567890123456789012345678.0123456789',
  ratio: 0.1,
  name: 'Zoë 🚲',
  flag: true,
  day: '2024-02-29',
  at: '2024-02-29T23:59:59.123456Z',
  doc: { a: [1, 2n, null], b: new LosslessNumber('12345678901234567890.10') },
};

test('every type of a contract reads back as it was given, in the types that extract-files writes', async () => {
  const { rows, manifest, output } = await writeRows(staging, ALL, [ONE, {}], { onDrift: 'ignore' });

  expect(rows).toEqual([
    {
      whole: -7,
      long: '9223372036854775807',
      small: '1234567.89',
      money: '-99999999999999.9999',
      wide: '-1234567890123456789012345678.0123456789',
      ratio: 0.1,
      name: 'Zoë 🚲',
      flag: true,
      day: '2024-02-29',
      at: '2024-02-29 23:59:59.123456',
      doc: '{"a":[1,2,null],"b":12345678901234567890.10}',
    },
    Object.fromEntries(ALL.map(({ name }) => [name, null])),
  ]);
  expect(manifest).toEqual({
    step: 'orders',
    partition: 'p1',
    datasets: {
      orders: {
        rows: 2,
        columns: ALL.map(({ name, type, nullable }) => ({ name, type, nullable })),
        parts: [{ ...manifest.datasets.orders!.parts[0], rows: 2, format: 'parquet' }],
      },
    },
    source: { name: 'orders', read: 2, rejected: 0 },
  });
  expect(output).toMatchObject({ rows: 2, rejected: 0, bytes: manifest.datasets.orders!.parts[0]!.length });
});

test('the Parquet types are those of a file with the same contract', async () => {
  const ndjson = `${JSON.stringify({ ...ONE, long: 5, doc: { a: 1 } })}\n`;
  const file = await extract(staging, ndjson, {
    columns: ALL,
    format: { kind: 'ndjson' },
    key: 'orders/types.ndjson',
    datasets: [
      {
        name: 'orders',
        columns: ALL.map(({ name, type, nullable }) => ({ name, type, nullable })),
        formats: ['parquet'],
      },
    ],
  });
  const rows = await writeRows(staging, ALL, [ONE]);

  const [ofFile, ofRows] = await Promise.all(
    [file.manifest, rows.manifest].map((manifest) => staging.types(manifest.datasets.orders!.parts[0]!)),
  );
  expect(ofRows).toEqual(ofFile);
});

test('what is staged passes a Check, as a file does', async () => {
  const { output } = await writeRows(
    staging,
    ALL,
    Array.from({ length: 3 }, (_, n) => ({ ...ONE, whole: n })),
  );

  const checked = await checkStaged(
    {
      run: RUN,
      manifests: [output.manifest],
      models: [{ name: 'orders', columns: ALL.map(({ name, type, nullable }) => ({ name, type, nullable })) }],
      sources: [{ name: 'orders', onBadRow: {} }],
      checks: [
        { kind: 'unique', model: 'orders', columns: ['whole'], severity: 'error' },
        {
          kind: 'sqlCheck',
          model: 'orders',
          condition: 'money < 0 AND "at" < TIMESTAMP \'2025-01-01\'',
          severity: 'error',
        },
      ],
    },
    { s3: staging.s3, workBucket: WORK, attempt: 'check', earlier: async () => [] },
  );

  expect(checked).toMatchObject({ passed: 2, warnings: [], rows: 3 });
});

const type: fc.Arbitrary<ColumnType> = fc.oneof(
  fc.constantFrom<ColumnType>(
    { type: 'integer' },
    { type: 'bigint' },
    { type: 'double' },
    { type: 'boolean' },
    { type: 'date' },
    { type: 'timestamp' },
    { type: 'timestamp', timezone: 'America/New_York' },
    { type: 'json' },
    { type: 'text' },
    { type: 'text', length: 3 },
  ),
  fc
    .tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38))
    .map(([precision, scale]): ColumnType => ({ type: 'decimal', precision, scale: Math.min(precision, scale) })),
);
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constant(null),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  fc.double(),
  fc.integer({ min: -99999, max: 99999 }).map((n) => n / 100),
  fc.boolean(),
  fc.string(),
  fc.string({ unit: codePoint }),
  fc.stringMatching(/^-?\d{1,25}(\.\d{1,12})?$/),
  fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30') }),
  fc
    .date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
    .map((day) => day.toISOString()),
  fc
    .date({ min: new Date('1900-01-02'), max: new Date('2100-12-30'), noInvalidDate: true })
    .map((day) => day.toISOString().slice(0, 10)),
  fc.constantFrom('yes', '2024-02-30', '2024-03-10 02:30:00', '24:00', '', '{}', 'NaN', '1e3', ' 5 '),
  fc.dictionary(fc.string({ maxLength: 3 }), fc.integer(), { maxKeys: 2, noNullPrototype: true }),
  fc.uint8Array({ maxLength: 4 }),
);

/** The rules as files have them: a value is judged as text, and DuckDB casts what they give. */
function expected({ type: of, nullable }: ContractColumn, given: unknown): { text: string | null } | { bad: true } {
  if (given === null || (given === '' && of.type !== 'text')) return nullable ? { text: null } : { bad: true };
  const text = textOf(given, of);
  if ('reason' in text) return of.type === 'json' ? { text: 'any' } : { bad: true };
  const judged = judgeValue(of, text.text);
  return 'reason' in judged ? { bad: true } : { text: judged.value };
}

test('random contracts and rows: each value is read back equal or its row is in quarantine, and none is lost', async () => {
  const contract = fc
    .array(fc.record({ type, nullable: fc.boolean() }), { minLength: 1, maxLength: 5 })
    .map((columns) => columns.map((one, index) => column(`c${index}`, one.type, { nullable: one.nullable })));
  const cases = contract.chain((columns) =>
    fc.tuple(fc.constant(columns), fc.array(fc.tuple(...columns.map(() => value)), { minLength: 1, maxLength: 40 })),
  );
  await fc.assert(
    fc.asyncProperty(cases, async ([columns, tuples]) => {
      const given = tuples.map((tuple) => Object.fromEntries(tuple.map((one, index) => [`c${index}`, one])));
      // Most values of a column may be of another type here, which would be drift.
      const written = await writeRows(staging, columns, given, { onDrift: { changedTypes: 'quarantine' } });
      const judged = given.map((row) => columns.map((one) => expected(one, row[one.name])));
      const isJsonAt = columns.map((one) => one.type.type === 'json');
      // A document's own rules are tested beside; here it only must not be lost.
      if (isJsonAt.some(Boolean)) {
        expect(written.rows.length + written.rejects.length).toBe(given.length);
        return;
      }
      const good = judged.filter((row) => row.every((one) => 'text' in one));
      expect(written.rejects.map(({ row }) => row)).toEqual(
        judged.flatMap((row, index) => (row.some((one) => 'bad' in one) ? [index + 1] : [])),
      );
      const casts = await staging.casts(
        columns.map((one) => one.type),
        good.map((row) => row.map((one) => (one as { text: string | null }).text)),
      );
      expect(written.rows.map((row) => Object.values(row))).toEqual(casts);
    }),
    { numRuns: 60 },
  );
});

test('bad values go to quarantine with row, column, reason and the row as JSON', async () => {
  const columns = [
    column('id', 'bigint', { key: true, nullable: false }),
    column('amount', { type: 'decimal', precision: 6, scale: 2 }),
  ];
  const { rejects, output, manifest } = await writeRows(staging, columns, [
    { id: 1, amount: 1.5 },
    { id: null, amount: 1 },
    { id: 2 ** 60, amount: 1 },
    { id: 3, amount: 1.239 },
    { id: 4, amount: { cents: 5 } },
    { id: 5, amount: Number.NaN },
    { id: 12345678901234567890n, amount: Buffer.from([0xff]) },
  ]);

  expect(rejects.map(({ row, column: name, reason, raw }) => ({ row, column: name, reason, raw }))).toEqual([
    { row: 2, column: 'id', reason: 'the key is empty', raw: '{"id":null,"amount":1}' },
    {
      row: 3,
      column: 'id',
      reason: '1152921504606847000 is larger than 2^53, where a floating-point number loses digits',
      raw: '{"id":1152921504606847000,"amount":1}',
    },
    {
      row: 4,
      column: 'amount',
      reason: "'1.239' has more decimals than decimal(6,2) takes",
      raw: '{"id":3,"amount":1.239}',
    },
    {
      row: 5,
      column: 'amount',
      reason: `'{"cents":5}' is an object; the column is decimal`,
      raw: '{"id":4,"amount":{"cents":5}}',
    },
    { row: 6, column: 'amount', reason: 'NaN is not a number', raw: '{"id":5,"amount":null}' },
    {
      row: 7,
      column: 'id',
      reason: "'12345678901234567890' is out of range of bigint",
      raw: '{"id":12345678901234567890,"amount":"/w=="}',
    },
  ]);
  expect(rejects[0]).toMatchObject({ bucket: null, key: null, source: 'orders', partition: 'p1', line: null });
  expect(output).toMatchObject({ rows: 1, rejected: 6 });
  expect(manifest.source).toMatchObject({ read: 7, rejected: 6, quarantine: { rows: 6 } });
});

test('more bad rows than the contract allows fail the only partition, and are left to Check among several or in pieces', async () => {
  const columns = [column('id', 'bigint')];
  const rows = [{ id: 'x' }, { id: 1 }];

  await expect(writeRows(staging, columns, rows, { onBadRow: { maxRate: 0.1 } })).rejects.toMatchObject({
    name: 'TooManyBadRows',
    message: expect.stringMatching(
      /^1 of 2 rows of source orders are bad, the contract allows at most 10 %. Row 1 of p1, column id: 'x' is not a whole number. All are in s3:\/\/work\/quarantine\/orders\/orders\/run-1\/p1-rows-\d+\.ndjson\.$/,
    ),
  });
  const several = await writeRows(staging, columns, rows, { onBadRow: { maxRate: 0.1 }, partitions: 2 });
  expect(several.output.rejected).toBe(1);
});

test('drift: a new member fails with its likely meaning, is ignored, or becomes a column of the rows from there on', async () => {
  const columns = [column('id', 'bigint'), column('ordered_quantity', 'integer')];
  const rows = [
    { id: 1, ordered_quantity: 2 },
    { id: 2, qtyOrdered: 3 },
    { Id: 3, extra: { a: 1 } },
  ];

  await expect(writeRows(staging, columns, rows)).rejects.toMatchObject({
    name: 'ContractDrift',
    message: expect.stringContaining(
      "Source orders, partition p1 does not fit the contract of source orders: missing: 'ordered_quantity' (integer); new: 'qtyOrdered' (whole number). If 'qtyOrdered' is the new name",
    ),
  });
  expect((await writeRows(staging, columns, rows, { onDrift: 'ignore' })).rows).toEqual([
    { id: '1', ordered_quantity: 2 },
    { id: '2', ordered_quantity: null },
    { id: '3', ordered_quantity: null },
  ]);
  const evolved = await writeRows(staging, columns, rows, { onDrift: 'evolve' });
  expect(evolved.rows).toEqual([
    { id: '1', ordered_quantity: 2, qty_ordered: null, extra: null },
    { id: '2', ordered_quantity: null, qty_ordered: '3', extra: null },
    { id: '3', ordered_quantity: null, qty_ordered: null, extra: '{"a":1}' },
  ]);
  expect(evolved.manifest.datasets.orders!.columns.slice(2)).toEqual([
    { name: 'qty_ordered', type: { type: 'text' }, nullable: true },
    { name: 'extra', type: { type: 'text' }, nullable: true },
  ]);
});

test('an empty text is a text, an empty anything else is NULL; a string in a json column is what the source says', async () => {
  const columns = [column('name', 'text', { nullable: false }), column('n', 'integer'), column('doc', 'json')];
  const rows = [{ name: '', n: '', doc: '{"a": 1}' }];

  expect((await writeRows(staging, columns, rows)).rows).toEqual([{ name: '', n: null, doc: '{"a": 1}' }]);
  expect((await writeRows(staging, columns, rows, { strings: 'value' })).rows).toEqual([
    { name: '', n: null, doc: '"{\\"a\\": 1}"' },
  ]);
});

test('a text that no target can hold is a bad value', async () => {
  const columns = [column('name', 'text'), column('doc', 'json')];
  const rows = [{ name: 'öö', doc: '12' }, { name: 'ööö' }, { doc: '"abc"' }];

  const { rejects } = await writeRows(staging, columns, rows, { mostTextBytes: 4, onDrift: 'ignore' });

  expect(rejects.map(({ row, reason }) => [row, reason])).toEqual([
    [2, 'the text has 6 bytes, Redshift takes 4'],
    [3, expect.stringContaining('has 5 bytes, Redshift takes 4')],
  ]);
});

test.each([
  { batchKiB: 64, least: 10 },
  // memory grows within a batch
  { batchKiB: 512, least: 2 },
])(
  'many rows become several parts of $batchKiB KiB, whose memory serves again: nothing of an earlier batch shows in a later one',
  async ({ batchKiB, least }) => {
    const columns = [
      column('id', 'bigint'),
      column('text', 'text'),
      column('amount', { type: 'decimal', precision: 12, scale: 2 }),
      column('flag', 'boolean'),
    ];
    function* rows() {
      for (let id = 1; id <= 20_000; id++) {
        const text = id % 7 === 0 ? null : id % 5 === 0 ? `ö${'ä'.repeat(id % 50)}` : `text ${id}`;
        yield { id, text, amount: id % 3 === 0 ? null : id / 4, flag: id % 11 === 0 ? null : id % 2 === 0 };
      }
    }
    const { manifest, rows: read } = await writeRows(staging, columns, rows(), { batchBytes: batchKiB * 1024 });

    expect(manifest.datasets.orders!.parts.length).toBeGreaterThanOrEqual(least);
    expect(read.toSorted((a, b) => Number(a.id) - Number(b.id))).toEqual(
      [...rows()].map(({ id, text, amount, flag }) => ({
        id: String(id),
        text,
        amount: amount === null ? null : amount.toFixed(2),
        flag,
      })),
    );
  },
);

test('no rows: a manifest without parts', async () => {
  const { manifest, output } = await writeRows(staging, ALL, []);

  expect(manifest.datasets.orders).toMatchObject({ rows: 0, parts: [] });
  expect(output).toMatchObject({ rows: 0, bytes: 0, rejected: 0 });
});

test('an upload that fails is the error of the next write or of the end, and the second attempt stages anew', async () => {
  const options = {
    run: RUN,
    source: sourceOf([column('id', 'bigint')]),
    partition: { id: 'p1', values: {} },
    partitions: 1,
  };
  const open = (attempt: string) =>
    openRowWriter({ ...options, attempt, s3: staging.s3, workBucket: 'no-such-bucket' });
  const writer = open('fails');
  await writer.write({ id: 1 }, 1);

  await expect(writer.finish()).rejects.toMatchObject({ name: 'NoSuchBucket' });
});
