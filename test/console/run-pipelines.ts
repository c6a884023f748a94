/** Pipelines whose runs the console's tests look at: of a schedule, whose files may be missing, and of files. */
import {
  append,
  cron,
  csv,
  decimal,
  definePipeline,
  key,
  lake,
  landedFiles,
  notNull,
  quarantine,
  s3Arrival,
  sql,
  text,
} from '../../lib/pipeline';

/** A run for an hour fails until both of its files are there. */
export const tides = definePipeline({
  name: 'tides',
  description: 'How high the water stood, by the hour',
  trigger: cron('0 * * * *', { timezone: 'UTC' }),
  sources: {
    gauges: landedFiles({
      glob: 'tides/{yyyy}-{MM}-{dd}T{HH}.csv',
      format: csv(),
      columns: { gauge: key.text(40), height: decimal(6, 2) },
    }),
    moons: landedFiles({
      glob: 'moons/{yyyy}-{MM}-{dd}T{HH}-*.csv',
      format: csv(),
      optional: true,
      columns: { moon: key.text(20), phase: decimal(4, 3) },
    }),
  },
  models: {
    levels: sql.text('SELECT gauge, height FROM gauges'),
    phases: sql.text('SELECT moon, phase FROM moons'),
  },
  sinks: [
    lake({ model: 'levels', table: 'levels', write: append(), partitionBy: ['gauge'] }),
    lake({ model: 'phases', table: 'phases', write: append(), partitionBy: ['moon'] }),
  ],
  checks: [notNull('levels', 'height')],
});

/** Each file is a run. */
export const parcels = definePipeline({
  name: 'parcels',
  trigger: s3Arrival('parcels/*.csv'),
  sources: {
    lines: landedFiles({
      glob: 'parcels/*.csv',
      format: csv(),
      columns: { id: key.bigint(), place: text(20) },
      onBadRow: quarantine({ maxRate: 0.5 }),
    }),
  },
  models: { rows: sql.text('select id, place from lines') },
  sinks: [lake({ model: 'rows', table: 'parcels', write: append(), partitionBy: ['place'] })],
});
