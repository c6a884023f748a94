import type { Check } from './types';

// Options are spread, not picked, so that a misspelt one reaches validation.

/** `error` (default) blocks publishing; `warn` only reports. */
export interface CheckOptions {
  severity?: 'error' | 'warn';
}

export type AtLeastOne<T> = readonly [T, ...T[]];
/** At least one of two bounds. */
type Bounds<T> = { min: T; max?: T } | { min?: T; max: T };

/** No row has NULL in `column`. */
export const notNull = <const M extends string>(model: M, column: string, options: CheckOptions = {}): Check<M> => ({
  kind: 'notNull',
  model,
  column,
  severity: 'error',
  ...options,
});

/** No two rows of the run agree in all of `columns`. */
export const unique = <const M extends string>(
  model: M,
  columns: string | AtLeastOne<string>,
  options: CheckOptions = {},
): Check<M> => ({
  kind: 'unique',
  model,
  columns: typeof columns === 'string' ? [columns] : [...columns],
  severity: 'error',
  ...options,
});

/** The run has at least `min` and at most `max` rows. */
export const rowCount = <const M extends string>(model: M, options: Bounds<number> & CheckOptions): Check<M> => ({
  kind: 'rowCount',
  model,
  severity: 'error',
  ...options,
});

/** `column` holds one of `values`, or NULL. */
export const accepted = <const M extends string>(
  model: M,
  column: string,
  values: AtLeastOne<string | number | boolean>,
  options: CheckOptions = {},
): Check<M> => ({ kind: 'accepted', model, column, values: [...values], severity: 'error', ...options });

/** `min` ≤ `column` ≤ `max`, or NULL. Bounds are numbers, or dates and timestamps as ISO text. */
export const between = <const M extends string>(
  model: M,
  column: string,
  options: (Bounds<number> | Bounds<string>) & CheckOptions,
): Check<M> => ({ kind: 'between', model, column, severity: 'error', ...options });

/** A SQL condition that holds for every row; NULL counts as holding, as in SQL's own CHECK. */
export const sqlCheck = <const M extends string>(
  model: M,
  condition: string,
  options: CheckOptions = {},
): Check<M> => ({
  kind: 'sqlCheck',
  model,
  condition,
  severity: 'error',
  ...options,
});
