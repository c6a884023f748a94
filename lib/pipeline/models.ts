import type { Model } from './types';

/**
 * A model in SQL (DuckDB's dialect) that names sources and other models as tables. Row-wise SQL (no join, aggregate, window,
 * DISTINCT, ORDER BY, LIMIT or subquery) runs inside the read of the file; other SQL runs on the whole input.
 *
 * @example models: { order_lines: sql('order_lines.sql'), orders: sql.text('SELECT name, sum(price) AS total FROM order_lines GROUP BY name') }
 */
export const sql = Object.assign((file: string): Model => ({ kind: 'sql', file }), {
  text: (text: string): Model => ({ kind: 'sql', text }),
});
