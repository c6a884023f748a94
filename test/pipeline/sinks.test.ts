/** Mistakes in sinks of DynamoDB tables and in models that run in Redshift: what the definition says of itself. */
import { append, bigint, cron, dynamoTable, merge, replace, scd2, sql } from '../../lib/pipeline';
import { mistakes, shop } from './definitions';

const withSink = (sink: unknown) => mistakes({ ...shop(), trigger: cron('0 1 * * *'), sinks: [sink] });
// The editor would not let such sinks pass.
const table = dynamoTable as unknown as (options: object) => unknown;

test('the key is that of merge, or one column or two', () => {
  expect(dynamoTable({ model: 'm', table: 'items', write: merge(['a', 'b']) }).key).toEqual({
    partitionKey: 'a',
    sortKey: 'b',
  });
  expect(dynamoTable({ model: 'm', table: 'items', key: 'a', write: replace() }).key).toEqual({ partitionKey: 'a' });
  const sorted = { partitionKey: 'b', sortKey: 'a' };
  expect(dynamoTable({ model: 'm', table: 'items', key: sorted, write: merge(['a', 'b']) }).key).toEqual(sorted);
  expect(withSink(dynamoTable({ model: 'lines', table: 'items', write: merge('id') }))).toEqual([]);
});

test.each([
  [
    { write: append(), key: 'id' },
    'sinks[0].write is append(…): a DynamoDB table has one item for a key, so that rows cannot just be added. Use merge(key): an item that is there is updated.',
  ],
  [
    { write: scd2('id') },
    'sinks[0].write is scd2(…): a DynamoDB table has one item for a key, so that it keeps no history. Use merge(key) with a time as the sort key, or scd2 into redshift or postgres.',
  ],
  [
    { write: replace({ interval: 'day' }), key: 'id' },
    "sinks[0].write.interval is 'day': DynamoDB would have to read the whole table for the items of an interval. Use merge(key) or replace(), or replace({ interval }) into redshift, postgres or lake.",
  ],
  [
    { write: merge(['id', 'note']), key: 'id' },
    'sinks[0].key is {"partitionKey":"id"}: merge updates by id, note, and DynamoDB has one item for a key. Name the same columns in both, or leave key out.',
  ],
  [
    { write: merge(['id', 'note', 'day']) },
    `sinks[0].key is ["id","note","day"]: the key of a DynamoDB table is one column or two. Use e.g. key: ['user_id', 'day'].`,
  ],
  [
    { write: replace() },
    "sinks[0].key is missing: the key of a DynamoDB table is one column or two. Use e.g. key: ['user_id', 'day'].",
  ],
  [
    { write: replace(), key: ['id', 'id'] },
    "sinks[0].key.sortKey is 'id': it is the partition key already. Name another column, or leave it out.",
  ],
  [
    { write: merge('id'), table: 'a/b' },
    "sinks[0].table is 'a/b': DynamoDB's tables have 3 to 255 letters, digits, _, - and .. Use e.g. 'profiles'.",
  ],
  [{ write: merge('id'), tll: 'day' }, "sinks[0].tll is 'day': there is no such option. Did you mean 'ttl'?"],
])('%j', (options, mistake) => {
  expect(withSink(table({ model: 'lines', table: 'items', ...options }))).toEqual([mistake]);
});

test('an engine that there is not, and columns of SQL that tells them itself', () => {
  const models = {
    lines: sql.text('SELECT id, note FROM orders', { engine: 'flink' } as never),
    other: sql.text('SELECT id FROM lines', { columns: { id: bigint() } }),
  };
  expect(mistakes({ ...shop(), models })).toEqual([
    "models.lines.engine is 'flink': a model runs in DuckDB, in Redshift, or on Spark. Write engine: 'spark' or 'redshift', or leave it out.",
    expect.stringContaining(
      "columns of SQL are read from the SQL itself. Leave them out; only a model of engine: 'redshift' or 'spark' may need them.",
    ),
  ]);
});
