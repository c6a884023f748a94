import { column, type Staging, startStaging } from '../staging';
import { COLUMNS, extract } from './extract';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const FORMATS = { csv: { kind: 'csv' }, ndjson: { kind: 'ndjson' } } as const;

describe("onDrift: 'fail'", () => {
  test.each([
    [
      'a missing column',
      'id,name\n1,Ann\n',
      "missing: 'amount' (decimal(8,2)). Correct the file or the contract; or, in onDrift, missingColumns: 'ignore' has NULL in their place.",
    ],
    [
      'a new column',
      'id,name,amount,gift\n1,Ann,1,yes\n',
      "new: 'gift' (boolean). Correct the file or the contract; or, in onDrift, newColumns: 'evolve' adds new columns to the targets",
    ],
    [
      'a renamed column',
      'id,name,amounts\n1,Ann,1\n',
      "missing: 'amount' (decimal(8,2)); new: 'amounts' (whole number). If 'amounts' is the new name of amount, set from: 'amounts' on it.",
    ],
    ['an ambiguous column', 'id,name,NAME,Name,amount\n1,a,b,c,1\n', "new: 'NAME' (text), 'Name' (text)"],
    [
      'two columns of the same kind',
      'id,Name,NAME,amount\n1,a,b,1\n',
      "column name could be any of 'Name', 'NAME'. Name the right one with from",
    ],
  ])('%s is ContractDrift that shows the difference', async (_, body, message) => {
    await expect(extract(staging, body)).rejects.toMatchObject({
      name: 'ContractDrift',
      message: expect.stringMatching(/^s3:\/\/landing\/orders\/a\.csv does not fit the contract of source orders: /),
    });
    await expect(extract(staging, body)).rejects.toThrow(message);
  });

  test('a header that is another file altogether says so in the same way', async () => {
    await expect(extract(staging, 'first,second\n1,2\n')).rejects.toThrow(
      "missing: 'id' (bigint), 'name' (text(10)), 'amount' (decimal(8,2)); new: 'first' (whole number), 'second' (whole number)",
    );
  });

  test('a member that the contract does not know is drift in NDJSON too', async () => {
    const body = '{"id":1,"name":"Ann","amount":1}\n{"id":2,"name":"Bob","amounts":1}\n';

    await expect(extract(staging, body, { format: FORMATS.ndjson })).rejects.toMatchObject({
      name: 'ContractDrift',
      message: expect.stringContaining(
        "missing: 'amount' (decimal(8,2)); new: 'amounts' (whole number). If 'amounts' is the new name of amount",
      ),
    });
  });
});

describe("onDrift: 'ignore'", () => {
  test('new columns are left out, missing ones are NULL', async () => {
    const { rows, manifest } = await extract(staging, 'gift,id,"odd ""one""",name\nyes,1,"a,b",Ann\n', {
      onDrift: 'ignore',
    });

    expect(rows).toEqual([{ id: '1', name: 'Ann', amount: null }]);
    expect(manifest.datasets.orders!.columns.map(({ name }) => name)).toEqual(['id', 'name', 'amount']);
  });

  test('a missing key cannot be ignored', async () => {
    await expect(extract(staging, 'name,amount\nAnn,1\n', { onDrift: 'ignore' })).rejects.toThrow(
      "missing: 'id' (bigint). id may not be NULL, so 'ignore' cannot go on without.",
    );
  });

  test('unknown members are left out', async () => {
    const { rows } = await extract(staging, '{"gift":{"a":[1]},"id":1,"name":"Ann"}\n', {
      onDrift: 'ignore',
      format: FORMATS.ndjson,
    });

    expect(rows).toEqual([{ id: '1', name: 'Ann', amount: null }]);
  });
});

describe("onDrift: 'evolve'", () => {
  test('new columns follow the contract as nullable text, also through select *', async () => {
    const { manifest } = await extract(staging, 'Gift Wrap,id,name,amount,1st\nyes,1,Ann,1,x\n,2,Bob,2,\n', {
      onDrift: 'evolve',
      datasets: [
        { name: 'orders', columns: [], formats: ['parquet'] },
        {
          name: 'all_of_it',
          sql: 'select * from orders where id = 1',
          columns: COLUMNS.map(({ name, type, nullable }) => ({ name, type, nullable })),
          formats: ['parquet'],
        },
        {
          name: 'ids',
          sql: 'select id from orders',
          columns: [{ name: 'id', type: { type: 'bigint' }, nullable: false }],
          formats: ['parquet'],
        },
      ],
    });

    const { orders, all_of_it, ids } = manifest.datasets;
    const text = { type: { type: 'text' }, nullable: true };
    expect(orders!.columns.slice(3)).toEqual([
      { name: 'gift_wrap', ...text },
      { name: 'column_1st', ...text },
    ]);
    expect(all_of_it!.columns).toEqual(orders!.columns);
    expect(ids!.columns.map(({ name }) => name)).toEqual(['id']);
    expect(await staging.rows(all_of_it!.parts)).toEqual([
      { id: '1', name: 'Ann', amount: '1.00', gift_wrap: 'yes', column_1st: 'x' },
    ]);
    expect(await staging.rows(orders!.parts)).toContainEqual({
      id: '2',
      name: 'Bob',
      amount: '2.00',
      gift_wrap: null,
      column_1st: null,
    });
  });

  test('a member that turns up late is a column of all parts', async () => {
    const lines = Array.from({ length: 60_000 }, (_, id) =>
      JSON.stringify({ id, name: 'Ann', ...(id === 59_999 ? { gift: { wrap: true } } : {}) }),
    );
    const { manifest, output } = await extract(staging, `${lines.join('\n')}\n`, {
      onDrift: 'evolve',
      format: FORMATS.ndjson,
    });

    const { columns, parts } = manifest.datasets.orders!;
    expect(columns.at(-1)).toEqual({ name: 'gift', type: { type: 'text' }, nullable: true });
    expect(output.rows).toBe(60_000);
    const rows = await staging.rows(parts);
    expect(rows.filter(({ gift }) => gift !== null)).toEqual([
      { id: '59999', name: 'Ann', amount: null, gift: '{"wrap":true}' },
    ]);
  });
});

test('from names the header, exactly', async () => {
  const columns = [column('quantity', 'integer', { from: 'Lineitem quantity' }), column('lineitem_name', 'text')];

  const { rows } = await extract(staging, 'Lineitem quantity,Lineitem name\n2,Cup\n', { columns });

  expect(rows).toEqual([{ quantity: 2, lineitem_name: 'Cup' }]);
});
