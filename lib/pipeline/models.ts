import type { BadRowLimits, OnDrift } from '../tasks/common';
import { MODELS } from './signatures';
import type { PySparkModel, RowFunctionModel, SparkJob, SqlModel } from './types';
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
   * 'spark': the model runs on EMR Serverless, in Spark SQL, over the run's rows: for what is too much for one function.
   *
   * 'redshift': the model runs in Redshift, in its dialect: after the run's rows are published, over the tables of the models that it names, with all their
   * rows, as dbt's `ref` has it. Each of them, and the model itself, has one redshift sink.
   *
   * @example
   * models: { orders: sql('orders.sql'), customers: sql.text('SELECT customer_id, sum(total) AS total FROM orders GROUP BY 1', { engine: 'redshift' }) },
   * sinks: [
   *   redshift({ model: 'orders', table: 'shop.orders', write: merge('order_id') }),
   *   redshift({ model: 'customers', table: 'shop.customers', write: replace() }),
   * ]
   */
  engine?: 'redshift' | 'spark';
  /** what comes of it, where its SQL has functions that DuckDB does not know: columns: { customer_id: bigint(), total: decimal(38, 2) } */
  columns?: Columns;
  /** of `engine: 'spark'`: workers of its own, and how long it may take */
  spark?: SparkJob;
}

export interface PySparkOptions<C extends Columns = Columns> {
  /** sources and models whose rows it gets */
  from: string | readonly string[];
  /** what comes of it: each is cast to its type, and what does not fit fails the run */
  columns: C;
  spark?: SparkJob;
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

/**
 * A model in PySpark, on EMR Serverless: the function `model(spark, inputs)` of the file returns a DataFrame. `inputs` has a DataFrame for
 * each name in `from`; modules that lie beside the file can be imported.
 *
 * @example people: pyspark('people.py', { from: ['registry'], columns: { region: text(20), people: bigint() } })
 */
export const pyspark = checked(
  MODELS.pyspark,
  <const C extends Columns>(file: string, options: PySparkOptions<C>): PySparkModel<C> => ({
    kind: 'pyspark',
    file,
    ...options,
  }),
);

/** For "did you mean". */
export const PYSPARK_OPTIONS = ['from', 'columns', 'spark'];
export const ROW_FUNCTION_OPTIONS = ['from', 'columns', 'onDrift', 'onBadRow', 'memoryMb'];
