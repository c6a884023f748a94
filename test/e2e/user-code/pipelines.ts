/** What a user writes: an extractor and a row function of their own, and a pipeline that starts after another. */
import {
  after,
  append,
  bigint,
  cron,
  custom,
  date,
  decimal,
  definePipeline,
  key,
  lake,
  merge,
  postgres,
  published,
  quarantine,
  rowFunction,
  sql,
  text,
} from '../../../lib/pipeline';

export const columns = {
  id: key.bigint(),
  currency: key.text(3),
  day: date().notNull(),
  rate: decimal(12, 2).notNull(),
  note: text(),
};

export const rates = custom('./rates.ts', { secrets: ['rates-api'], tolerate: 0.5, columns });

export const clean = rowFunction('./clean.ts', {
  from: 'rates',
  columns: { ...columns, cents: bigint() },
  onBadRow: quarantine({ maxRate: 0.02 }),
});

export const fx = definePipeline({
  name: 'fx',
  trigger: cron('0 1 * * *'),
  sources: { rates },
  models: { clean, upper: sql.text("SELECT *, note || '!' AS shout FROM clean") },
  sinks: [
    postgres({ model: 'clean', table: 'fx.rates', write: merge(['currency', 'id']) }),
    lake({ model: 'upper', table: 'rates', write: append(), partitionBy: ['day'] }),
  ],
});

export const daily = definePipeline({
  name: 'fx-daily',
  trigger: after('fx'),
  sources: { rows: published('fx', 'clean') },
  models: { totals: sql('totals.sql') },
  sinks: [postgres({ model: 'totals', table: 'fx_daily.totals', write: append() })],
});

export const report = definePipeline({
  name: 'fx-report',
  trigger: after('fx-daily'),
  sources: { totals: published('fx-daily', 'totals') },
  models: { lines: sql.text('SELECT currency, rows * 2 AS twice FROM totals') },
  sinks: [postgres({ model: 'lines', table: 'fx_report.lines', write: append() })],
});
