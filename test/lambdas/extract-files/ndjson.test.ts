import { gzipSync } from 'node:zlib';
import { column, type Staging, startStaging } from '../staging';
import { extract } from './extract';

let staging: Staging;
beforeAll(async () => {
  staging = await startStaging();
});
afterAll(() => staging.close());

const format = { kind: 'ndjson' } as const;
const columns = [
  column('id', 'bigint', { key: true, nullable: false }),
  column('name', { type: 'text', length: 10 }),
  column('amount', { type: 'decimal', precision: 20, scale: 4 }),
  column('ok', 'boolean'),
  column('more', 'json'),
];
const nothing = { name: null, amount: null, ok: null, more: null };

test('members are typed by the contract; numbers keep every digit; absent and null members are NULL', async () => {
  const { rows, rejects } = await extract(
    staging,
    [
      '{"id":9007199254740993,"name":"A \\"b\\", c\\n\\u00fc","amount":1234567890123456.7891,"ok":true,"more":{"a":[1,2,{"b":"}"}]}}',
      ' { "more" : "text" , "ok" : null, "id" : 2 } ',
      '{"id":"3","amount":"1.50","ok":"no","more":[1.10]}',
      '',
      '{"id":4,"name":""}',
    ].join('\n'),
    { columns, format },
  );

  expect(rejects).toEqual([]);
  expect(rows).toEqual([
    {
      id: '9007199254740993',
      name: 'A "b", c\nü',
      amount: '1234567890123456.7891',
      ok: true,
      more: '{"a":[1,2,{"b":"}"}]}',
    },
    { ...nothing, id: '2', more: '"text"' },
    { ...nothing, id: '3', amount: '1.5000', ok: false, more: '[1.10]' },
    { ...nothing, id: '4' },
  ]);
});

test.each([
  ['a line that is not JSON', '{"id":2', null, 'the line is not JSON'],
  ['an array', '[{"id":2}]', null, 'the line is a JSON array; NDJSON has one object a line'],
  ['a bare value', '"2"', null, 'the line is JSON, but not an object'],
  ['a member that stands twice', '{"id":2,"name":"a","id":3}', null, 'the member "id" stands twice'],
  [
    'two spellings of one column',
    '{"id":2,"name":"a","Name":"b"}',
    'name',
    "'Name' and another member are both column name",
  ],
  [
    'half a surrogate pair',
    '{"id":2,"name":"\\ud800"}',
    'name',
    'the text has half a surrogate pair, which UTF-8 cannot hold',
  ],
  ['a missing key', '{"name":"Ann"}', 'id', 'the key is empty'],
  ['a text for a number', '{"id":"two"}', 'id', "'two' is not a whole number"],
  ['a fraction for a whole number', '{"id":2.5}', 'id', "'2.5' is not a whole number"],
  [
    'an object for a text',
    '{"id":2,"name":{"first":"Ann"}}',
    'name',
    `'{"first":"Ann"}' is an object; the column is text`,
  ],
  ['a text too long', '{"id":2,"name":"Ann Margaret"}', 'name', 'the text has 12 characters, the column takes 10'],
])('%s goes to quarantine', async (_, raw, name, reason) => {
  const { rows, rejects } = await extract(staging, `{"id":1}\r\n${raw}\r\n{"id":3}`, { columns, format });

  expect(rows.map(({ id }) => id)).toEqual(['1', '3']);
  expect(rejects).toEqual([expect.objectContaining({ line: 2, offset: 10, column: name, reason, raw })]);
});

test('gzip and a byte-order mark are no obstacle', async () => {
  const { rows } = await extract(staging, gzipSync('\ufeff{"id":1}\n'), { columns, format });

  expect(rows).toEqual([{ ...nothing, id: '1' }]);
});

test('an empty file is no rows: there was nothing to say', async () => {
  await expect(extract(staging, '', { columns, format })).resolves.toMatchObject({ output: { rows: 0, rejected: 0 } });
});

test('_row is the number of the record', async () => {
  const { manifest } = await extract(staging, '{"id":1}\nx\n{"id":3}\n', {
    columns,
    format,
    datasets: [
      {
        name: 'm',
        sql: 'select _row as n from orders',
        columns: [{ name: 'n', type: { type: 'bigint' }, nullable: true }],
        formats: ['parquet'],
      },
    ],
  });

  expect(await staging.rows(manifest.datasets.m!.parts)).toEqual([{ n: '1' }, { n: '3' }]);
});

test('a new member is judged as a text, too', async () => {
  const body = '{"id":1,"gift":"yes"}\n{"id":2,"gift":"\\u0000"}\n';
  const { rows, rejects } = await extract(staging, body, { columns, format, onDrift: 'evolve' });

  expect(rows).toEqual([{ ...nothing, id: '1', gift: 'yes' }]);
  expect(rejects.map(({ line, column, reason }) => [line, column, reason])).toEqual([
    [2, 'gift', 'the text has a NUL character, which no database stores'],
  ]);
});
