import type { BadRowLimits, OnDrift } from '../tasks/common';
import { MODELS } from './signatures';
import type { RowFunctionModel, SqlModel } from './types';
import type { Columns } from './typescript';
import { checked } from './wrong-call';

/**
 * A model in SQL (DuckDB's dialect) that names sources and other models as tables. Row-wise SQL (no join, aggregate, window,
 * DISTINCT, ORDER BY, LIMIT or subquery) runs inside the read of a file, elsewhere on parts of its input side by side; other SQL runs on
 * the whole input.
 *
 * @example models: { order_lines: sql('order_lines.sql'), orders: sql.text('SELECT name, sum(price) AS total FROM order_lines GROUP BY name') }
 */
export const sql = Object.assign(
  checked(MODELS.sql, (file: string, options: SqlOptions = {}): SqlModel => ({ kind: 'sql', file, ...options })),
  {
    text: checked(
      MODELS.text,
      (text: string, options: SqlOptions = {}): SqlModel => ({ kind: 'sql', text, ...options }),
    ),
  },
);

export interface SqlOptions {
  /**
   * The model runs in Redshift, in its dialect: after the run's rows are published, over the tables of the models that it names, with all their
   * rows, as dbt's `ref` has it. Each of them, and the model itself, has one redshift sink.
   *
   * @example
   * models: { orders: sql('orders.sql'), customers: sql.text('SELECT customer_id, sum(total) AS total FROM orders GROUP BY 1', { engine: 'redshift' }) },
   * sinks: [
   *   redshift({ model: 'orders', table: 'shop.orders', write: merge('order_id') }),
   *   redshift({ model: 'customers', table: 'shop.customers', write: replace() }),
   * ]
   */
  engine?: 'redshift';
  /** what comes of it, where its SQL has functions that DuckDB does not know: columns: { customer_id: bigint(), total: decimal(38, 2) } */
  columns?: Columns;
}

export interface RowFunctionOptions<C extends Columns = Columns> {
  /** the source or model whose rows it gets */
  from: string;
  /** the contract of the rows that it returns */
  columns: C;
  /** what happens when a returned row's members are not the contract's; default `fail` */
  onDrift?: OnDrift;
  /** default: quarantine({ maxRate: 0.05 }) */
  onBadRow?: BadRowLimits;
  /** memory of the function; default 2048 */
  memoryMb?: number;
}

/**
 * A model in TypeScript: the default export of the file is called for each row, and returns a row, several, or null for none. It is
 * typed by `RowFunction<typeof columns, typeof clean>`, and runs on parts of its input side by side.
 *
 * @example export const clean = rowFunction('./clean.ts', { from: 'orders', columns: { id: key.bigint(), email: text(100) } });
 */
export const rowFunction = checked(
  MODELS.rowFunction,
  <const C extends Columns>(file: string, options: RowFunctionOptions<C>): RowFunctionModel<C> => ({
    kind: 'rowFunction',
    file,
    onDrift: 'fail',
    onBadRow: { maxRate: 0.05 },
    memoryMb: 2048,
    ...options,
  }),
);

/** For "did you mean". */
export const ROW_FUNCTION_OPTIONS = ['from', 'columns', 'onDrift', 'onBadRow', 'memoryMb'];
