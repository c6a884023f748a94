import { itemOf } from '../../../../lambdas/shared/dynamo/item';
import type { ColumnType, DynamoSink, OutputColumn } from '../../../../lib/tasks/common';

const COLUMNS: OutputColumn[] = [
  { name: 'id', type: { type: 'text' }, nullable: true },
  { name: 'value', type: { type: 'text' }, nullable: true },
];
const SINK: DynamoSink = {
  kind: 'dynamoTable',
  id: 'dynamoTable:items',
  model: 'items',
  columns: COLUMNS,
  write: { mode: 'replace' },
  evolve: false,
  table: 'items',
  key: { partitionKey: 'id' },
};

const attributeOf = (type: ColumnType['type'], value: string | null) => {
  const columns = [COLUMNS[0]!, { name: 'value', type: { type } as ColumnType, nullable: true }];
  return itemOf({ id: 'a', value }, columns, SINK).value;
};

test.each<[ColumnType['type'], string | null, object | undefined]>([
  ['bigint', '-9223372036854775808', { N: '-9223372036854775808' }],
  ['decimal', '99999999999999999999999999999999999999', { N: '99999999999999999999999999999999999999' }],
  ['decimal', '-0.00', { N: '0' }],
  ['double', '1e-05', { N: '1e-05' }],
  ['double', '9.99e+125', { N: '9.99e+125' }],
  ['text', '', { S: '' }],
  ['boolean', 'false', { BOOL: false }],
  ['date', '2026-01-31', { S: '2026-01-31' }],
  ['json', '{"a":{"":[12345678901234567890.5,"x",null,true]},"a":1}', { M: { a: { N: '1' } } }],
  ['json', 'null', { NULL: true }],
  ['bigint', null, undefined],
])('%s %s', (type, text, expected) => {
  expect(attributeOf(type, text)).toEqual(expected);
});

test.each([
  ['2026-01-31T12:00:00.999999Z', '1769860800'],
  ['2026-01-31', '1769817600'],
  ['1969-12-31T23:59:59.500000Z', '-1'],
])('an item expires at %s, in seconds since 1970, whether a run or a stream brings it', (value, seconds) => {
  expect(itemOf({ id: 'a', value }, COLUMNS, { ...SINK, ttl: 'value' }).value).toEqual({ N: seconds });
});

test.each<[ColumnType['type'], string, string]>([
  ['double', 'nan', 'is nan, which is no number in DynamoDB'],
  ['double', '-inf', 'is -inf, which is no number in DynamoDB'],
  ['double', '1e+126', "is 1e+126, and DynamoDB's numbers are from 1E-130 to 9.99E+125"],
  ['double', '1e-131', "is 1e-131, and DynamoDB's numbers are from 1E-130 to 9.99E+125"],
  ['json', '[1.2345678901234567890123456789012345678901]', 'holds a number of 41 digits, and DynamoDB keeps 38'],
  ['json', `${'['.repeat(33)}${']'.repeat(33)}`, "is nested deeper than DynamoDB's 32 levels"],
  [
    'timestamp',
    '12026-01-01T00:00:00.000000Z',
    'is 12026-01-01T00:00:00.000000Z, and times are kept as texts of the years 0 to 9999',
  ],
])('%s %s is refused', (type, text, message) => {
  expect(() => attributeOf(type, text)).toThrow(message);
});

test('an item has at most 400 KB with its names, and its bookkeeping fits in as well', () => {
  const text = (bytes: number) => () => attributeOf('text', 'x'.repeat(bytes));

  expect(text(409_000)).not.toThrow();
  expect(text(409_600)).toThrow(/is an item of \d+ bytes, and DynamoDB takes 409600 at most/);
});
