import { gzipSync } from 'node:zlib';
import { column, type Staging, startStaging } from '../staging';
import { extract } from './extract';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

test('every row of a plain file is staged, typed by the contract', async () => {
  const { output, rows, manifest } = await extract(staging, 'id,name,amount\n1,Ann,1.50\n2,,-3\n');

  expect(rows).toEqual([
    { id: '1', name: 'Ann', amount: '1.50' },
    { id: '2', name: null, amount: '-3.00' },
  ]);
  expect(output).toMatchObject({ rows: 2, rejected: 0 });
  expect(manifest.source).toMatchObject({ name: 'orders', read: 2, rejected: 0 });
  expect(output.bytes).toBe(manifest.datasets.orders!.parts[0]!.length);
});

test.each([
  ['a byte-order mark', '\ufeffid,name,amount\n1,Ann,1.50\n2,Bob,2\n'],
  ['CRLF', 'id,name,amount\r\n1,Ann,1.50\r\n2,Bob,2\r\n'],
  ['CR alone', 'id,name,amount\r1,Ann,1.50\r2,Bob,2\r'],
  ['mixed line ends', 'id,name,amount\n1,Ann,1.50\r\n2,Bob,2\n'],
  ['mixed line ends, CRLF first', 'id,name,amount\r\n1,Ann,1.50\n2,Bob,2\r\n'],
  ['no line end after the last row', 'id,name,amount\n1,Ann,1.50\n2,Bob,2'],
  ['blank lines', 'id,name,amount\n\n1,Ann,1.50\n\n2,Bob,2\n\n'],
  ['every field quoted', '"id","name","amount"\n"1","Ann","1.50"\n"2","Bob","2"\n'],
  ['semicolons', 'id;name;amount\n1;Ann;1.50\n2;Bob;2\n'],
  ['tabs', 'id\tname\tamount\n1\tAnn\t1.50\n2\tBob\t2\n'],
  ['columns in another order', 'amount,id,name\n1.50,1,Ann\n2,2,Bob\n'],
  ['headers in another spelling', 'Id, NAME ,Amount\n1,Ann,1.50\n2,Bob,2\n'],
])('a file with %s gives the same rows', async (_, body) => {
  const { rows } = await extract(staging, body);

  expect(rows).toEqual([
    { id: '1', name: 'Ann', amount: '1.50' },
    { id: '2', name: 'Bob', amount: '2.00' },
  ]);
});

test('gzip is seen from the first bytes, whatever the name says', async () => {
  const { rows } = await extract(staging, gzipSync('id,name,amount\n1,Ann,1.50\n'), { key: 'orders/plain.csv' });

  expect(rows).toEqual([{ id: '1', name: 'Ann', amount: '1.50' }]);
});

test('quoted fields keep delimiters, doubled quotation marks and line ends', async () => {
  const { rows } = await extract(
    staging,
    'id,name,amount\n1,"a,b",1\n2,"a""b",1\n3,"a\nb",1\n4,"a\r\nb",1\n5,5" pipe,1\n',
  );

  expect(rows.map(({ name }) => name)).toEqual(['a,b', 'a"b', 'a\nb', 'a\r\nb', '5" pipe']);
});

test('an empty field is NULL, quoted or not, and so is the text that stands for NULL', async () => {
  const { rows } = await extract(staging, 'id,name,amount\n1,,\n2,"",""\n3,NULL,NULL\n4,"NULL",1\n5,null,1\n', {
    format: { kind: 'csv', nullText: 'NULL' },
  });

  expect(rows.map(({ name, amount }) => [name, amount])).toEqual([
    [null, null],
    [null, null],
    [null, null],
    [null, '1.00'],
    ['null', '1.00'],
  ]);
});

test.each([
  'orders/with space.csv',
  'orders/a+b.csv',
  `orders/it's "quoted".csv`,
  'orders/a%2Fb.csv',
  'orders/📦 ü.csv',
])('the key %s is read, and named in quarantine as it is', async (key) => {
  const { rows, rejects } = await extract(staging, 'id,name,amount\n1,Ann,1\nx,Bob,2\n', { key });

  expect(rows).toHaveLength(1);
  expect(rejects).toEqual([expect.objectContaining({ bucket: 'landing', key, line: 3 })]);
});

test('timestamps are stored in UTC: with offsets, in the time zone of the column, and as they are', async () => {
  const columns = [
    column('at', 'timestamp'),
    column('berlin', { type: 'timestamp', timezone: 'Europe/Berlin' }),
    column('day', 'date'),
  ];
  const { rows, rejects } = await extract(
    staging,
    [
      'at,berlin,day',
      '2026-01-05 14:22:31 -0500,2026-01-05 14:22:31,2026-01-05',
      '2026-01-05T14:22:31+05:30,2026-07-05 14:22:31,2024-02-29',
      '2026-01-05T14:22:31.25Z,2026-07-05T14:22:31Z,2026/1/5',
      '2026-01-05,2026-03-29 02:30:00,',
      '',
    ].join('\n'),
    { columns },
  );

  expect(rejects).toEqual([]);
  expect(rows).toEqual([
    { at: '2026-01-05 19:22:31', berlin: '2026-01-05 13:22:31', day: '2026-01-05' },
    { at: '2026-01-05 08:52:31', berlin: '2026-07-05 12:22:31', day: '2024-02-29' },
    { at: '2026-01-05 14:22:31.25', berlin: '2026-07-05 14:22:31', day: '2026-01-05' },
    { at: '2026-01-05 00:00:00', berlin: '2026-03-29 01:30:00', day: null },
  ]);
});

test('booleans are true, false, yes, no, 1 and 0 in any case', async () => {
  const { rows } = await extract(staging, 'ok\ntrue\nFALSE\nYes\nno\n1\n0\n', { columns: [column('ok', 'boolean')] });

  expect(rows.map(({ ok }) => ok)).toEqual([true, false, true, false, true, false]);
});

test('a header alone is a file of no rows', async () => {
  const { output, manifest } = await extract(staging, 'id,name,amount\n');

  expect(output).toMatchObject({ rows: 0, rejected: 0, bytes: 0 });
  expect(manifest.datasets.orders).toMatchObject({
    rows: 0,
    parts: [],
    columns: [{ name: 'id' }, { name: 'name' }, { name: 'amount' }],
  });
});

describe('models in the same pass', () => {
  const source = {
    name: 'orders',
    columns: [],
    formats: [],
  };
  const id = { name: 'id', type: { type: 'bigint' as const }, nullable: true };
  const text = (name: string) => ({ name, type: { type: 'text' as const }, nullable: true });

  test('a model filters and computes, and a later one reads it', async () => {
    const { manifest } = await extract(staging, 'id,name,amount\n1,Ann,1\n2,Bob,2\n3,Cy,3\n', {
      datasets: [
        source,
        {
          name: 'big',
          sql: 'select id, upper(name) as name from orders where amount > 1',
          columns: [id, text('name')],
          formats: ['parquet'],
        },
        {
          name: 'greeted',
          sql: "select id, 'Hi ' || name as name from big;",
          columns: [id, text('name')],
          formats: ['parquet', 'csv'],
        },
      ],
    });

    expect(Object.keys(manifest.datasets)).toEqual(['big', 'greeted']);
    expect(await staging.rows(manifest.datasets.greeted!.parts)).toEqual([
      { id: '2', name: 'Hi BOB' },
      { id: '3', name: 'Hi CY' },
    ]);
    expect(manifest.datasets.greeted!.parts.map(({ format, rows }) => [format, rows])).toEqual([
      ['parquet', 2],
      ['csv', 2],
    ]);
  });

  test('csv parts tell NULL from an empty text, and are gzipped', async () => {
    const { manifest } = await extract(staging, 'id,name,amount\n1,"a ""b"", c",1\n2,,1\n', {
      datasets: [
        {
          name: 'm',
          sql: "select id, name, '' as empty from orders",
          columns: [id, text('name'), text('empty')],
          formats: ['csv'],
        },
      ],
    });

    const { gunzipSync } = await import('node:zlib');
    const csv = gunzipSync(await staging.read(manifest.datasets.m!.parts[0]!)).toString();
    expect(csv).toBe('1,"a ""b"", c",""\n2,,""\n');
  });

  test('_row is the number of the record, rejects included, and _file the key', async () => {
    const { manifest } = await extract(staging, 'id,name,amount\n1,Ann,1\nx,Bob,2\n3,"C ""y""",3\n4,Di,4', {
      datasets: [
        {
          name: 'm',
          sql: 'select id, _row as row, _file as file from orders',
          columns: [id, { ...id, name: 'row' }, text('file')],
          formats: ['parquet'],
        },
      ],
    });

    expect(await staging.rows(manifest.datasets.m!.parts)).toEqual([
      { id: '1', row: '1', file: 'orders/a.csv' },
      { id: '3', row: '3', file: 'orders/a.csv' },
      { id: '4', row: '4', file: 'orders/a.csv' },
    ]);
  });

  test('a model that cannot run is ModelFailed, with its name, the cause and the line', async () => {
    const attempt = extract(staging, 'id,name,amount\n1,Ann,1\n', {
      datasets: [
        {
          name: 'm',
          sql: 'select id,\n  cast(name as integer) as name\nfrom orders',
          columns: [id, { ...id, name: 'name' }],
          formats: ['parquet'],
        },
      ],
    });

    await expect(attempt).rejects.toMatchObject({
      name: 'ModelFailed',
      message: expect.stringMatching(
        /^Model m failed: Conversion Error: Could not convert string 'Ann' to INT32.*line 2 of its SQL: cast\(name as integer\) as name/s,
      ),
    });
  });

  test('a model sees no file of the machine', async () => {
    const attempt = extract(staging, 'id,name,amount\n1,Ann,1\n', {
      datasets: [
        { name: 'm', sql: "select 1 as id from orders, read_text('/etc/passwd')", columns: [id], formats: ['parquet'] },
      ],
    });

    await expect(attempt).rejects.toMatchObject({
      name: 'ModelFailed',
      message: expect.stringContaining('Permission Error'),
    });
  });
});
