/** Pipelines whose data the console's tests look at: of files, of a schedule, into every kind of table. */
import {
  append,
  cron,
  csv,
  decimal,
  definePipeline,
  dynamoTable,
  fileCount,
  hours,
  key,
  lake,
  landedFiles,
  merge,
  postgres,
  quarantine,
  redshift,
  replace,
  s3Arrival,
  seconds,
  sql,
  streamOf,
  streamRecords,
  text,
  timestamp,
} from '../../lib/pipeline';

/** Each file that lands is a run; a few bad rows are tolerated. */
export const tills = definePipeline({
  name: 'tills',
  description: 'What the tills of a shop have sold, as they send it',
  trigger: s3Arrival('tills/*.csv'),
  sources: {
    receipts: landedFiles({
      glob: 'tills/*.csv',
      format: csv(),
      columns: { id: key.bigint(), item: text(60), amount: decimal(10, 2), sold_at: timestamp() },
      onBadRow: quarantine({ maxRate: 0.5 }),
    }),
  },
  models: {
    sales: sql.text('SELECT id, item, amount, sold_at FROM receipts'),
    sales_by_item: sql.text('SELECT item, count(*) AS sales, sum(amount) AS amount FROM sales GROUP BY item'),
  },
  sinks: [
    redshift({ model: 'sales', table: 'shop.sales', write: merge('id') }),
    postgres({ model: 'sales_by_item', table: 'shop.sales_by_item', write: replace() }),
    lake({ model: 'sales', table: 'sales', write: append(), partitionBy: ['item'] }),
    dynamoTable({ model: 'sales', table: 'shop-sales', write: merge('id') }),
  ],
  alerts: { email: ['data@example.com'] },
});

/** Texts of any length and kind. */
export const letters = definePipeline({
  name: 'letters',
  trigger: s3Arrival('letters/*.csv'),
  sources: {
    letters: landedFiles({
      glob: 'letters/*.csv',
      format: csv(),
      columns: { id: key.bigint(), year: text(4), body: text() },
      onBadRow: quarantine({ maxRate: 0.9 }),
    }),
  },
  models: { kept: sql.text('SELECT id, year, body FROM letters') },
  sinks: [
    postgres({ model: 'kept', table: 'post.letters', write: merge('id') }),
    lake({ model: 'kept', table: 'letters', write: append(), partitionBy: ['year'] }),
  ],
});

/** Half a day from now: it does not come while a suite runs. */
const NIGHT = (new Date().getUTCHours() + 12) % 24;

export const stock = definePipeline({
  name: 'stock',
  description: 'What lies in store, each night',
  trigger: cron(`0 ${NIGHT} * * *`, { timezone: 'Europe/Vienna' }),
  sources: {
    counts: landedFiles({
      glob: 'stock/{yyyy}-{MM}-{dd}.csv',
      format: csv(),
      optional: true,
      columns: { item: key.text(60), pieces: key.bigint() },
    }),
  },
  models: { stock: sql.text('SELECT item, pieces FROM counts') },
  sinks: [postgres({ model: 'stock', table: 'shop.stock', write: replace() })],
});

/** What a till tells as it happens. */
export const beeps = definePipeline({
  name: 'beeps',
  trigger: streamOf('beeps', { window: seconds(0), publishEvery: hours(1) }),
  sources: {
    records: streamRecords({
      columns: { id: key.text(20), item: text(60).notNull() },
      onBadRow: quarantine({ maxRate: 1 }),
    }),
  },
  models: { heard: sql.text('SELECT id, item FROM records') },
  sinks: [lake({ model: 'heard', table: 'beeps', write: append(), partitionBy: ['item'] })],
});

/** Files are loaded two by two. */
export const shelves = definePipeline({
  name: 'shelves',
  trigger: s3Arrival('shelves/*.csv', { whole: fileCount(2) }),
  sources: {
    shelves: landedFiles({ glob: 'shelves/*.csv', format: csv(), columns: { id: key.bigint(), place: text(20) } }),
  },
  models: { places: sql.text('SELECT id, place FROM shelves') },
  sinks: [postgres({ model: 'places', table: 'shop.shelves', write: merge('id') })],
});
