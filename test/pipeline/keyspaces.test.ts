/** Mistakes in sinks of Amazon Keyspaces: what the definition says of itself. */
import { append, cron, keyspaces, merge, replace, scd2 } from '../../lib/pipeline';
import { mistakes, shop } from './definitions';

const withSink = (sink: unknown) => mistakes({ ...shop(), trigger: cron('0 1 * * *'), sinks: [sink] });
// The editor would not let such sinks pass.
const table = keyspaces as unknown as (options: object) => unknown;

test('the key is that of merge, its first column the partition key, or as it is written', () => {
  const key = (options: object) => keyspaces({ model: 'm', table: 'shop.items', ...options } as never).key;
  expect(key({ write: merge('a') })).toEqual({ partitionKey: ['a'] });
  expect(key({ write: merge(['a', 'b', 'c']) })).toEqual({ partitionKey: ['a'], clusteringKey: ['b', 'c'] });
  const written = { partitionKey: ['a', 'b'], clusteringKey: 'c' };
  expect(key({ write: merge(['a', 'b', 'c']), key: written })).toEqual({
    partitionKey: ['a', 'b'],
    clusteringKey: ['c'],
  });
  expect(withSink(keyspaces({ model: 'lines', table: 'shop.items', write: merge('id') }))).toEqual([]);
});

test.each([
  [
    { write: append(), key: 'id' },
    'sinks[0].write is append(…): a table of Cassandra has one row for a key, so that rows cannot just be added. Use merge(key): a row that is there is updated.',
  ],
  [
    { write: scd2('id') },
    'sinks[0].write is scd2(…): a table of Cassandra has one row for a key, so that it keeps no history. Use merge(key) with a time in the clustering key, or scd2 into redshift or postgres.',
  ],
  [
    { write: replace({ interval: 'day' }), key: 'id' },
    "sinks[0].write.interval is 'day': Cassandra would have to read the whole table for the rows of an interval. Use merge(key) or replace(), or replace({ interval }) into redshift, postgres or lake.",
  ],
  [
    { write: merge(['id', 'note']), key: 'id' },
    'sinks[0].key is {"partitionKey":["id"]}: merge updates by id, note, and Cassandra has one row for a key. Name the same columns in both, or leave key out.',
  ],
  [
    { write: replace() },
    "sinks[0].key is missing: the key of a table of Cassandra is a partition key, and maybe a clustering key. Use e.g. key: { partitionKey: ['site', 'day'], clusteringKey: ['at'] }.",
  ],
  [
    { write: replace(), key: { partitionKey: ['id'], clusteringKey: ['id'] } },
    'sinks[0].key.clusteringKey is ["id"]: id is in the partition key already. Name other columns, or leave it out.',
  ],
  [
    { write: merge('id'), table: 'items' },
    "sinks[0].table is 'items': a table is keyspace.table, each of 2 to 48 lower-case letters, digits and _. Use e.g. 'shop.orders'.",
  ],
  [
    { write: merge('id'), table: 'system_x.items' },
    "sinks[0].table is 'system_x.items': keyspaces that begin with system are those of Cassandra itself. Use one of your own, e.g. 'shop.orders'.",
  ],
  [{ write: merge('id'), tll: 'day' }, "sinks[0].tll is 'day': there is no such option. Did you mean 'ttl'?"],
])('%j', (options, mistake) => {
  expect(withSink(table({ model: 'lines', table: 'shop.items', ...options }))).toEqual([mistake]);
});
