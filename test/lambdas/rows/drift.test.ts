/** Each kind of drift in sources that answer in rows, and in tables by what the database says of their columns. */
import { matchColumns } from '../../../lambdas/shared/tables/columns';
import type { TableColumn } from '../../../lambdas/shared/tables/engine';
import type { OnDrift } from '../../../lib/tasks/drift';
import { column, type Staging, startStaging } from '../staging';
import { sourceOf, writeRows } from './rows';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const COLUMNS = [
  column('id', 'bigint', { key: true, nullable: false }),
  column('amount', { type: 'decimal', precision: 8, scale: 2 }),
];
const rowsOf = (count: number, row: (n: number) => object) =>
  Array.from({ length: count }, (_, n) => ({ id: n, ...row(n) }));
const write = (rows: Iterable<Readonly<Record<string, unknown>>>, onDrift: OnDrift = 'fail') =>
  writeRows(staging, COLUMNS, rows, { onDrift });

test('a changed type fails, with what the values look like now', async () => {
  const rows = rowsOf(2000, (n) => (n < 500 ? {} : { amount: { cents: n } }));

  await expect(write(rows)).rejects.toMatchObject({
    name: 'ContractDrift',
    message: expect.stringMatching(
      /^Source orders, partition p1 does not fit .*: changed: 'amount' from decimal\(8,2\) to JSON object, e\.g\. '\{"cents":500\}'/,
    ),
  });
});

test('a few bad values in good rows are bad rows', async () => {
  const { output } = await write(rowsOf(40, (n) => ({ amount: n % 2 ? n : 'many' })));

  expect(output).toMatchObject({ rows: 20, rejected: 20 });
});

test("changedTypes: 'ignore' has NULL in the column, as the first rows decide for all", async () => {
  const rows = rowsOf(1500, (n) => ({ amount: n < 1200 ? `${n} EUR` : n }));
  const { output, manifest, rows: staged } = await write(rows, { changedTypes: 'ignore' });

  expect(output).toMatchObject({ rows: 1500, rejected: 0 });
  expect(staged.filter(({ amount }) => amount !== null)).toEqual([]);
  expect(manifest.source!.drift).toEqual([
    { kind: 'changed', column: 'amount', was: 'decimal(8,2)', is: 'text', done: 'ignored' },
  ]);
});

test("changedTypes: 'ignore' leaves rows as they are where nothing has changed, and bad rows bad", async () => {
  const { output, rows, rejects } = await write(
    rowsOf(30, (n) => ({ amount: n === 7 ? 'x' : n })),
    { changedTypes: 'ignore' },
  );

  expect(output).toMatchObject({ rows: 29, rejected: 1 });
  expect(rows[3]).toEqual({ id: '3', amount: '3.00' });
  expect(rejects).toEqual([expect.objectContaining({ row: 8, column: 'amount' })]);
});

test('rows with new members, or without members, are put aside one by one', async () => {
  const { rejects, rows, manifest } = await write(
    [{ id: 1, amount: 1 }, { id: 2, amount: 2, gift: true }, { id: 3 }, { id: 4, amount: null }],
    'quarantine',
  );

  expect(rows.map(({ id }) => id)).toEqual(['1', '4']);
  expect(rejects.map(({ row, reason }) => [row, reason])).toEqual([
    [2, "the contract does not know 'gift'"],
    [3, "the row does not have 'amount'"],
  ]);
  expect(manifest.source!.drift).toEqual([{ kind: 'new', column: 'gift', is: 'boolean', done: 'quarantined' }]);
});

test('a member that no row has is noted; one that may not be NULL is drift', async () => {
  const { manifest } = await write(rowsOf(12, () => ({})));

  expect(manifest.source!.drift).toEqual([{ kind: 'absent', column: 'amount', was: 'decimal(8,2)', done: 'ignored' }]);
  await expect(write(Array.from({ length: 12 }, () => ({ amount: 1 })))).rejects.toThrow(
    "missing: 'id' (bigint). id may not be NULL, so 'ignore' cannot go on without.",
  );
});

describe('tables', () => {
  const table: TableColumn[] = [
    { name: 'id', kind: 'integer', type: 'bigint' },
    { name: 'amount', kind: 'date', type: 'DATE' },
    { name: 'colour', kind: 'other', type: 'varchar' },
  ];
  const match = (onDrift: OnDrift) => matchColumns(table, sourceOf(COLUMNS, { onDrift }), 'table orders');

  test('columns that can hold no value of the contract have changed, whatever is in them', () => {
    expect(() => match('fail')).toThrow(
      "Table orders does not fit the contract of source orders: new: 'colour' (varchar); changed: 'amount' from decimal(8,2) to DATE. Correct the table or the contract",
    );
  });

  test('what is ignored is not read, and told', () => {
    const { columns, drift } = match({ newColumns: 'ignore', changedTypes: 'ignore' });

    expect(columns.map(({ name, ignored }) => [name, ignored])).toEqual([
      ['id', false],
      ['amount', true],
      ['colour', true],
    ]);
    expect(drift).toEqual([
      { kind: 'new', column: 'colour', is: 'varchar', done: 'ignored' },
      { kind: 'changed', column: 'amount', was: 'decimal(8,2)', is: 'DATE', done: 'ignored' },
    ]);
  });
});
