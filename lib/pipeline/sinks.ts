import type { WriteMode } from '../tasks/common';
import type { AtLeastOne } from './checks';
import { SINKS, WRITES } from './signatures';
import type {
  Aggregate,
  DynamoKey,
  DynamoTableSink,
  KeyspacesKey,
  KeyspacesSink,
  KinesisSink,
  LakeSink,
  PostgresSink,
  RedshiftSink,
} from './types';
import { checked, WrongCall } from './wrong-call';

/** Adds the rows. Loading the same objects again replaces what they added. */
export const append = checked(WRITES.append, (): Extract<WriteMode, { mode: 'append' }> => ({ mode: 'append' }));
/**
 * The table holds this run's rows and no others. With `interval` only the rows whose value in that column, a timestamp or a date, lies
 * in the run's data interval are replaced; a row of the run that lies outside fails it.
 *
 * @example write: replace({ interval: 'ordered_at' })
 */
export const replace = checked(
  WRITES.replace,
  (options: { interval?: string } = {}): Extract<WriteMode, { mode: 'replace' }> => ({
    mode: 'replace',
    ...options,
  }),
);
/**
 * Upsert by key. Of two versions of a row the one with the greater `newestBy` stays; without it the one that arrived last.
 * A row whose `deletedBy`, a boolean column, is true deletes its key; older rows that come later do not bring it back.
 *
 * @example write: merge(['order_name', 'sku'], { newestBy: 'updated_at', deletedBy: 'is_deleted' })
 */
export const merge = checked(
  WRITES.merge,
  (
    keys: string | AtLeastOne<string>,
    options: { newestBy?: string; deletedBy?: string } = {},
  ): Extract<WriteMode, { mode: 'merge' }> => ({ mode: 'merge', keys: listOf(keys), ...options }),
);
/**
 * Keeps history: a row for each version of a key, with `valid_from`, `valid_to` and `is_current` added. A change of a tracked column
 * (default: every column but the keys and `newestBy`) begins a new version, at `newestBy` (a date or timestamp) or, without it, when
 * its load arrived. A version that comes late is put in its place.
 *
 * @example write: scd2('customer_id', { track: ['city', 'tier'], newestBy: 'updated_at' })
 */
export const scd2 = checked(
  WRITES.scd2,
  (
    keys: string | AtLeastOne<string>,
    options: { track?: AtLeastOne<string>; newestBy?: string } = {},
  ): Extract<WriteMode, { mode: 'scd2' }> => {
    const { track, ...rest } = options;
    return { mode: 'scd2', keys: listOf(keys), ...rest, ...(track === undefined ? {} : { track: [...track] }) };
  },
);

const listOf = (keys: string | AtLeastOne<string>): string[] => (typeof keys === 'string' ? [keys] : [...keys]);

type Options<Sink> = Omit<Sink, 'kind'>;

/** A table in Redshift Serverless, created from the model's columns. */
export const redshift = checked(
  SINKS.redshift,
  <const M extends string>(options: Options<RedshiftSink<M>>): RedshiftSink<M> => ({
    kind: 'redshift',
    ...options,
  }),
);
/** A table in Aurora PostgreSQL, created from the model's columns. */
export const postgres = checked(
  SINKS.postgres,
  <const M extends string>(options: Options<PostgresSink<M>>): PostgresSink<M> => ({
    kind: 'postgres',
    ...options,
  }),
);
/** Parquet in the lake bucket, with a Glue table that Athena can query; a partition changes all at once. */
export const lake = checked(
  SINKS.lake,
  <const M extends string>(options: Options<LakeSink<M>>): LakeSink<M> => ({
    kind: 'lake',
    ...options,
  }),
);

type DynamoWrite = DynamoTableSink['write'];
type DynamoOptions<M extends string, W extends DynamoWrite> = Omit<Options<DynamoTableSink<M>>, 'key' | 'write'> & {
  readonly write: W;
} & (W extends { mode: 'merge' } ? { readonly key?: WrittenKey } : { readonly key: WrittenKey });
type WrittenKey = string | readonly [string] | readonly [string, string] | DynamoKey;

/**
 * A DynamoDB table of the pipeline's own stack, an item for each row: on demand, encrypted, with point-in-time recovery. The key is
 * that of `merge`, or `key`: one column, or a partition key and a sort key. With `ttl` items expire.
 *
 * @example
 * dynamoTable({ model: 'profiles', table: 'profiles', write: merge('user_id', { newestBy: 'updated_at' }) })
 * dynamoTable({ model: 'daily', table: 'daily', key: { partitionKey: 'shop', sortKey: 'day' }, write: replace(), ttl: 'expires_at' })
 */
export const dynamoTable = checked(
  SINKS.dynamoTable,
  <const M extends string, W extends DynamoWrite>(options: DynamoOptions<M, W>): DynamoTableSink<M> => {
    const { key, ...rest } = options as Omit<Options<DynamoTableSink<M>>, 'key'> & { key?: WrittenKey };
    const { write } = rest as { write: unknown };
    const keys = write instanceof WrongCall ? write : (write as { keys?: string[] } | undefined)?.keys;
    return { kind: 'dynamoTable', ...rest, key: keyOf(key ?? keys) };
  },
);

/**
 * Rows as records of a Kinesis stream, JSON of the model's columns, after all other sinks of the run are published. Each is put at least
 * once. A pipeline of this project reads the stream, by `streamOf`, or it is `external`.
 *
 * @example kinesis({ model: 'users', stream: 'users', partitionBy: 'user_id' })
 */
export const kinesis = checked(
  SINKS.kinesis,
  <const M extends string>(options: Omit<Options<KinesisSink<M>>, 'write'>): KinesisSink<M> => ({
    kind: 'kinesis',
    write: { mode: 'append' },
    ...options,
  }),
);

/**
 * Counts, sums, least and greatest values by group and window, in a DynamoDB table of the pipeline's own stack, while records come.
 *
 * @example aggregates: [aggregate({ by: ['country'], window: minutes(1), count: 'signups', table: 'signups_by_country' })]
 */
export const aggregate = checked(
  SINKS.aggregate,
  (options: Options<Aggregate>): Aggregate => ({ kind: 'aggregate', ...options }),
);

/** What is none stays as it is, to be refused with its value. */
function keyOf(written: unknown): DynamoKey {
  const columns: unknown = typeof written === 'string' ? [written] : written;
  if (!Array.isArray(columns) || columns.length < 1 || columns.length > 2) return columns as DynamoKey;
  const [partitionKey, sortKey] = columns as [string, string?];
  return { partitionKey, ...(sortKey === undefined ? {} : { sortKey }) };
}

type KeyspacesWrite = KeyspacesSink['write'];
type KeyspacesOptions<M extends string, W extends KeyspacesWrite> = Omit<Options<KeyspacesSink<M>>, 'key' | 'write'> & {
  readonly write: W;
} & (W extends { mode: 'merge' } ? { readonly key?: WrittenKeyspacesKey } : { readonly key: WrittenKeyspacesKey });
type WrittenKeyspacesKey =
  | string
  | {
      readonly partitionKey: string | AtLeastOne<string>;
      readonly clusteringKey?: string | readonly string[];
    };

/**
 * A table of Amazon Keyspaces (for Apache Cassandra), in a keyspace of the pipeline's own stack: on demand, encrypted, with point-in-time
 * recovery. The key is that of `merge`, its first column the partition key and the others the clustering key, or `key`. With `ttl` rows
 * expire.
 *
 * @example
 * keyspaces({ model: 'profiles', table: 'shop.profiles', write: merge('user_id', { newestBy: 'updated_at' }) })
 * keyspaces({ model: 'readings', table: 'iot.readings', key: { partitionKey: ['site', 'day'], clusteringKey: ['at'] }, write: merge(['site', 'day', 'at']) })
 */
export const keyspaces = checked(
  SINKS.keyspaces,
  <const M extends string, W extends KeyspacesWrite>(options: KeyspacesOptions<M, W>): KeyspacesSink<M> => {
    const { key, ...rest } = options as Omit<Options<KeyspacesSink<M>>, 'key'> & { key?: WrittenKeyspacesKey };
    const { write } = rest as { write: unknown };
    const keys = write instanceof WrongCall ? write : (write as { keys?: string[] } | undefined)?.keys;
    return { kind: 'keyspaces', ...rest, key: keyspacesKeyOf(key ?? keys) };
  },
);

/** What is none stays as it is, to be refused with its value. */
function keyspacesKeyOf(written: unknown): KeyspacesKey {
  if (typeof written === 'string') return { partitionKey: [written] };
  if (Array.isArray(written)) {
    const [first, ...others] = written as string[];
    return { partitionKey: [first!], ...(others.length === 0 ? {} : { clusteringKey: others }) };
  }
  if (typeof written !== 'object' || written === null || written instanceof WrongCall) return written as KeyspacesKey;
  const { partitionKey, clusteringKey, ...more } = written as Readonly<Record<string, unknown>>;
  const several = (columns: unknown) => (typeof columns === 'string' ? [columns] : columns) as string[];
  return {
    ...more,
    partitionKey: several(partitionKey),
    ...(clusteringKey === undefined ? {} : { clusteringKey: several(clusteringKey) }),
  };
}
