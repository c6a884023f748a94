import { CHECKS } from './signatures';
import type { Check, Duration } from './types';
import { checked } from './wrong-call';

// Options are spread, not picked, so that a misspelt one reaches validation.

/** `error` (default) blocks publishing; `warn` only reports. */
export interface CheckOptions {
  severity?: 'error' | 'warn';
}

export type AtLeastOne<T> = readonly [T, ...T[]];
/** At least one of two bounds. */
type Bounds<T> = { min: T; max?: T } | { min?: T; max: T };

/** No row has NULL in `column`. */
export const notNull = checked(
  CHECKS.notNull,
  <const M extends string>(model: M, column: string, options: CheckOptions = {}): Check<M> => ({
    kind: 'notNull',
    model,
    column,
    severity: 'error',
    ...options,
  }),
);

/** No two rows of the run agree in all of `columns`. */
export const unique = checked(
  CHECKS.unique,
  <const M extends string>(model: M, columns: string | AtLeastOne<string>, options: CheckOptions = {}): Check<M> => ({
    kind: 'unique',
    model,
    columns: listOf(columns),
    severity: 'error',
    ...options,
  }),
);

/** The run has at least `min` and at most `max` rows. */
export const rowCount = checked(
  CHECKS.rowCount,
  <const M extends string>(model: M, options: Bounds<number> & CheckOptions): Check<M> => ({
    kind: 'rowCount',
    model,
    severity: 'error',
    ...options,
  }),
);

/** `column` holds one of `values`, or NULL. */
export const accepted = checked(
  CHECKS.accepted,
  <const M extends string>(
    model: M,
    column: string,
    values: AtLeastOne<string | number | boolean>,
    options: CheckOptions = {},
  ): Check<M> => ({ kind: 'accepted', model, column, values: [...values], severity: 'error', ...options }),
);

/** `min` ≤ `column` ≤ `max`, or NULL. Bounds are numbers, or dates and timestamps as ISO text. */
export const between = checked(
  CHECKS.between,
  <const M extends string>(
    model: M,
    column: string,
    options: (Bounds<number> | Bounds<string>) & CheckOptions,
  ): Check<M> => ({ kind: 'between', model, column, severity: 'error', ...options }),
);

/** A SQL condition that holds for every row; NULL counts as holding, as in SQL's own CHECK. */
export const sqlCheck = checked(
  CHECKS.sqlCheck,
  <const M extends string>(model: M, condition: string, options: CheckOptions = {}): Check<M> => ({
    kind: 'sqlCheck',
    model,
    condition,
    severity: 'error',
    ...options,
  }),
);

/**
 * The newest value of a date or timestamp column is at most `maxAge` old: at the end of the run's data interval, or, where the
 * trigger is no schedule, when the run started. A date counts as its midnight in UTC. Without any value the check fails.
 *
 * @example freshness('sales', 'updated_at', { maxAge: hours(26) })
 */
export const freshness = checked(
  CHECKS.freshness,
  <const M extends string>(model: M, column: string, options: { maxAge: Duration } & CheckOptions): Check<M> => ({
    kind: 'freshness',
    model,
    column,
    severity: 'error',
    ...options,
  }),
);

/**
 * Each value of `columns` is in the columns of another model of the run. As in SQL, a row with a NULL in one of them need not have a
 * partner. For what is in a database already, read its table as a source (`postgresTable`), and refer to a model of that.
 *
 * @example foreignKey('order_lines', 'order_id', { model: 'orders', columns: 'order_id' })
 * @example foreignKey('order_lines', ['shop', 'sku'], { model: 'products', columns: ['shop', 'sku'] }, { severity: 'warn' })
 */
export const foreignKey = checked(
  CHECKS.foreignKey,
  <const M extends string, const R extends string>(
    model: M,
    columns: string | AtLeastOne<string>,
    references: { model: R; columns: string | AtLeastOne<string> },
    options: CheckOptions = {},
  ): Check<M | R> => ({
    kind: 'foreignKey',
    model,
    columns: listOf(columns),
    references: { ...references, columns: listOf(references.columns) },
    severity: 'error',
    ...options,
  }),
);

/**
 * The text of `column` has a match of the regular expression, or is NULL. Anchor it to mean the whole text. Flags: `i`, `m`, `s`.
 * It is run by RE2, which has no lookaheads, lookbehinds and backreferences: a pattern with one is a mistake that `synth` shows.
 *
 * @example matches('customers', 'postcode', /^\d{5}$/)
 */
export const matches = checked(
  CHECKS.matches,
  <const M extends string>(
    model: M,
    column: string,
    pattern: RegExp | string,
    options: CheckOptions = {},
  ): Check<M> => ({
    kind: 'matches',
    model,
    column,
    ...(pattern instanceof RegExp
      ? // Patterns are Unicode anyway.
        { pattern: pattern.source, flags: pattern.flags.replace(/[uv]/g, '') }
      : { pattern, flags: '' }),
    severity: 'error',
    ...options,
  }),
);

/** Bounds that are known, or `{ last: 7, within: 0.2 }`: at most a fifth from the median of the last 7 runs. */
export type Expected = Bounds<number> | { last: number; within: number };

/**
 * Numbers that describe a column's values: each is within bounds, or near the median of the last runs that succeeded.
 *
 * - `mean`, `stddev`: of a numeric column
 * - `nulls`: share of the rows that have NULL, 0 to 1
 * - `distinct`: how many different values there are
 * - `shares`: of the rows that have a value, the share that has this one, 0 to 1
 *
 * Without rows there is nothing to judge, and it passes: `rowCount` asks for some. A run compares with earlier ones once there are three
 * of them (or `last`, if that is less), and says so until then.
 *
 * @example distribution('orders', 'total', { mean: { min: 20, max: 200 }, nulls: { max: 0.01 } })
 * @example distribution('orders', 'status', { shares: { paid: { min: 0.5 }, refunded: { last: 14, within: 0.5 } } })
 */
export const distribution = checked(
  CHECKS.distribution,
  <const M extends string>(
    model: M,
    column: string,
    options: {
      mean?: Expected;
      stddev?: Expected;
      nulls?: Expected;
      distinct?: Expected;
      shares?: Readonly<Record<string, Expected>>;
    } & CheckOptions,
  ): Check<M> => ({ kind: 'distribution', model, column, severity: 'error', ...(options as object) }),
);

/**
 * The run has about as many rows as the `last` (default 7) runs of the pipeline that succeeded: at most the share `within` from their
 * median. Runs that failed, or are partial, do not count; an interval or a file that is loaded again is not compared with itself. The
 * first three runs pass, and say so.
 *
 * @example volume('orders', { within: 0.5 })
 */
export const volume = checked(
  CHECKS.volume,
  <const M extends string>(model: M, options: { within: number; last?: number } & CheckOptions): Check<M> => ({
    kind: 'volume',
    model,
    last: 7,
    severity: 'error',
    ...options,
  }),
);

const listOf = (columns: string | AtLeastOne<string>): string[] =>
  typeof columns === 'string' ? [columns] : [...columns];
