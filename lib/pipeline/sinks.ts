import type { WriteMode } from '../tasks/common';
import type { AtLeastOne } from './checks';
import type { LakeSink, PostgresSink, RedshiftSink } from './types';

/** Adds the rows. Loading the same objects again replaces what they added. */
export const append = (): Extract<WriteMode, { mode: 'append' }> => ({ mode: 'append' });
/** The table holds this run's rows and no others. */
export const replace = (): Extract<WriteMode, { mode: 'replace' }> => ({ mode: 'replace' });
/**
 * Upsert by key. Of two versions of a row the one with the greater `newestBy` stays; without it the one that arrived last.
 *
 * @example write: merge(['order_name', 'sku'], { newestBy: 'updated_at' })
 */
export const merge = (
  keys: string | AtLeastOne<string>,
  options: { newestBy?: string } = {},
): Extract<WriteMode, { mode: 'merge' }> => ({
  mode: 'merge',
  keys: typeof keys === 'string' ? [keys] : [...keys],
  ...options,
});

type Options<Sink> = Omit<Sink, 'kind'>;

/** A table in Redshift Serverless, created from the model's columns. */
export const redshift = <const M extends string>(options: Options<RedshiftSink<M>>): RedshiftSink<M> => ({
  kind: 'redshift',
  ...options,
});
/** A table in Aurora PostgreSQL, created from the model's columns. */
export const postgres = <const M extends string>(options: Options<PostgresSink<M>>): PostgresSink<M> => ({
  kind: 'postgres',
  ...options,
});
/** Parquet in the lake bucket, with a Glue table that Athena can query; a partition changes all at once. */
export const lake = <const M extends string>(options: Options<LakeSink<M>>): LakeSink<M> => ({
  kind: 'lake',
  ...options,
});
