/** Models on Spark between models in DuckDB; and one that goes wrong as the first row's note says. */
import {
  append,
  bigint,
  csv,
  decimal,
  definePipeline,
  double,
  key,
  lake,
  landedFiles,
  merge,
  minutes,
  postgres,
  pyspark,
  s3Arrival,
  seconds,
  sql,
  text,
  timestamp,
} from '../../../lib/pipeline';

const small = { vcpu: 1, memoryGb: 2 } as const;
const spark = { driver: small, executor: small, maxExecutors: 2, timeout: minutes(5) };
const retry = { interval: seconds(1) };

const columns = {
  id: key.bigint(),
  region: text(20),
  amount: decimal(12, 2),
  sold_at: timestamp(),
  note: text(),
};

export const sales = definePipeline({
  name: 'spark-sales',
  trigger: s3Arrival('sales/*.csv'),
  sources: { sales: landedFiles({ glob: 'sales/*.csv', format: csv(), columns }) },
  models: {
    // DuckDB, in the read of the file
    cleaned: sql.text('SELECT *, lower(trim(region)) AS place FROM sales WHERE amount IS NOT NULL'),
    // Spark SQL over a model in DuckDB; DuckDB does not know its functions
    places: sql('places.sql', {
      engine: 'spark',
      spark,
      columns: { place: text(20), sold: bigint(), total: decimal(38, 2), middle: double(), first_at: timestamp() },
    }),
    // PySpark over a model on Spark and one in DuckDB
    ranked: pyspark('ranked.py', {
      from: ['cleaned', 'places'],
      columns: { id: bigint(), place: text(20), amount: decimal(12, 2), share: double(), note: text() },
      spark,
    }),
    // DuckDB over what came of Spark
    best: sql.text('SELECT place, max(amount) AS most, count(*) AS rows FROM ranked GROUP BY place'),
  },
  sinks: [
    postgres({ model: 'places', table: 'spark_sales.places', write: merge('place') }),
    postgres({ model: 'best', table: 'spark_sales.best', write: merge('place') }),
    lake({ model: 'ranked', table: 'ranked', write: append(), partitionBy: ['place'] }),
  ],
  retry,
});

export const faulty = definePipeline({
  name: 'spark-faulty',
  trigger: s3Arrival('faulty/*.csv'),
  sources: { sales: landedFiles({ glob: 'faulty/*.csv', format: csv(), columns }) },
  models: { made: pyspark('faulty.py', { from: 'sales', columns: { id: bigint(), share: bigint() }, spark }) },
  sinks: [postgres({ model: 'made', table: 'spark_faulty.made', write: merge('id') })],
  retry: { ...retry, attempts: 0 },
});
