import {
  between,
  cron,
  csv,
  decimal,
  definePipeline,
  hours,
  key,
  landedFiles,
  mysql,
  notNull,
  postgres,
  quarantine,
  replace,
  rowCount,
  sql,
  sqlCheck,
  text,
  timestamp,
  unique,
} from '../../lib/pipeline';
import { people } from './people';

const timezone = 'Europe/Vienna';

/** `ENGINE=spark npm start`, or `cdk deploy`: the model that holds every person runs on EMR Serverless. What comes of it is the same. */
const onSpark = process.env.ENGINE === 'spark';

/** What offices write in many ways is text here and is made sense of in `people`; a row that nobody can read is quarantined. */
const registry = (day: { intervalsBack?: number; optional?: boolean } = {}) =>
  landedFiles({
    glob: 'citizens/{yyyy}-{MM}-{dd}/citizens_data.csv',
    format: csv({ delimiter: ';' }),
    columns: {
      citizen_id: key.text(32),
      // nothing reads it
      name: text(200).pii('mask'),
      birth_date: text(40),
      region: text(80),
      household: text(32),
      income: text(40),
      recorded_at: timestamp({ timezone }).notNull(),
    },
    onBadRow: quarantine({ maxRate: 0.01 }),
    rangeMiB: 4,
    ...day,
  });

export default definePipeline({
  name: 'citizens',
  description: 'Daily count of a registry of citizens, by region and age, against the day before',
  // the file of a day lands until four in the night after it
  trigger: cron('0 4 * * *', { timezone }),
  sources: {
    registry: registry(),
    // The trend is made of the two files, not of what the warehouse has of the day before: so a day comes out the same in whatever
    // order days are run and run again. The first day has none before it, and no trend. When a file is corrected, run its day and the
    // day after again.
    registry_before: registry({ intervalsBack: 1, optional: true }),
    regions: mysql({
      secret: 'statistics-db',
      table: 'regions',
      columns: {
        code: key.text(8),
        name: text(64).notNull(),
        area_km2: decimal(9, 2).notNull(),
        household_income: decimal(12, 2),
      },
    }),
    region_spellings: mysql({
      secret: 'statistics-db',
      table: 'region_spellings',
      columns: { spelling: key.text(80), region_code: text(8).notNull() },
    }),
  },
  models: {
    // Both days are cleaned by the same rules, or the trend would show the difference between the rules.
    people: sql.text(people('registry')),
    people_before: sql.text(people('registry_before')),
    citizens: onSpark ? sql('citizens.spark.sql', { engine: 'spark' }) : sql('citizens.sql'),
    population: sql('population.sql'),
    region_days: sql('region_days.sql'),
    registry_days: sql('registry_days.sql'),
  },
  sinks: [
    postgres({ model: 'population', table: 'citizens.population', write: replace({ interval: 'as_of' }) }),
    postgres({ model: 'region_days', table: 'citizens.region_days', write: replace({ interval: 'as_of' }) }),
    postgres({ model: 'registry_days', table: 'citizens.registry_days', write: replace({ interval: 'as_of' }) }),
  ],
  checks: [
    rowCount('population', { min: 1 }),
    unique('population', ['day', 'region_code', 'age_band']),
    notNull('region_days', 'region'),
    rowCount('region_days', { min: 10, max: 10 }),
    between('region_days', 'citizens', { min: 0 }),
    // half a file would be a tenth of the country gone overnight
    sqlCheck('registry_days', 'citizens >= citizens_before * 0.9'),
    sqlCheck('registry_days', 'unknown_regions <= citizens * 0.05'),
    sqlCheck('registry_days', 'without_birth_date <= citizens * 0.05', { severity: 'warn' }),
  ],
  timeout: hours(2),
  alerts: { email: ['data@example.com'] },
});
