import {
  accepted,
  append,
  between,
  csv,
  definePipeline,
  hours,
  lake,
  landedFiles,
  merge,
  ndjson,
  notNull,
  postgres,
  quarantine,
  redshift,
  rowCount,
  s3Arrival,
  sql,
  sqlCheck,
  unique,
} from '../../lib/pipeline';
import { orderExportColumns } from './columns';

export default definePipeline({
  name: 'orders',
  description: "A shop's order export: a file that lands is in Redshift, Aurora and the lake when its run ends",
  trigger: s3Arrival('orders/*.csv', 'orders/*.csv.gz', 'orders/*.ndjson'),
  sources: {
    order_export: landedFiles({
      files: { 'orders/*.csv': csv(), 'orders/*.csv.gz': csv(), 'orders/*.ndjson': ndjson() },
      columns: orderExportColumns,
      onBadRow: quarantine({ maxRate: 0.02 }),
    }),
  },
  models: {
    order_lines: sql('order_lines.sql'),
    orders: sql('orders.sql'),
  },
  sinks: [
    redshift({
      model: 'order_lines',
      table: 'shop.order_lines',
      write: merge(['order_name', 'sku']),
      distKey: 'order_name',
      sortKey: ['ordered_on'],
    }),
    redshift({ model: 'orders', table: 'shop.orders', write: merge('order_name'), distKey: 'order_name' }),
    postgres({ model: 'orders', table: 'shop.orders', write: merge('order_name') }),
    lake({ model: 'order_lines', table: 'order_lines', write: append(), partitionBy: ['ordered_on'] }),
  ],
  checks: [
    rowCount('order_lines', { min: 1 }),
    unique('orders', 'order_name'),
    between('order_lines', 'quantity', { min: 1, max: 10_000 }),
    sqlCheck('order_lines', 'amount >= 0'),
    // an order's total stands on its first line, which may be in quarantine
    notNull('orders', 'total', { severity: 'warn' }),
    accepted(
      'orders',
      'financial_status',
      ['paid', 'pending', 'authorized', 'partially_paid', 'refunded', 'partially_refunded', 'voided'],
      { severity: 'warn' },
    ),
  ],
  timeout: hours(2),
  // The samples have bad rows, of which nobody wants a mail each time: npx stepwell quarantine list
  alerts: { email: [{ to: 'data@example.com', for: ['error', 'partial', 'recovery'] }] },
});
