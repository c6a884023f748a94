/** What is wrong with a model on Spark, as its declaration shows. */
import {
  bigint,
  csv,
  definePipeline,
  key,
  landedFiles,
  merge,
  minutes,
  type PipelineError,
  postgres,
  pyspark,
  s3Arrival,
  seconds,
  sql,
} from '../../lib/pipeline';

const sales = landedFiles({ glob: 'sales/*.csv', format: csv(), columns: { id: key.bigint() } });

function mistakes(models: object, more: object = {}): string[] {
  try {
    definePipeline({
      name: 'sales',
      trigger: s3Arrival('sales/*.csv'),
      sources: { sales },
      models: models as never,
      sinks: [postgres({ model: 'made', table: 'sales.made', write: merge('id') })] as never,
      ...more,
    });
    return [];
  } catch (error) {
    return (error as PipelineError).problems.map(
      ({ field, value, rule, remedy }) => `${field}${value === undefined ? '' : ` = ${value}`}: ${rule}. ${remedy}`,
    );
  }
}
const onSpark = (spark: object) => mistakes({ made: sql('made.sql', { engine: 'spark', spark: spark as never }) });

test('a model on Spark is declared by its engine, or in Python', () => {
  expect(onSpark({ executor: { vcpu: 8, memoryGb: 60 }, maxExecutors: 20, timeout: minutes(30) })).toEqual([]);
  const columns = { id: bigint() };
  expect(mistakes({ made: pyspark('made.py', { from: ['sales'], columns }) })).toEqual([]);
  expect(
    mistakes(
      { made: pyspark('made.py', { from: 'sales', columns }) },
      { spark: { release: 'emr-7.8.0', keepWarm: { executors: 2 }, idleTimeout: minutes(10) } },
    ),
  ).toEqual([]);
});

test('workers are those that EMR Serverless has', () => {
  expect(onSpark({ executor: { vcpu: 3, memoryGb: 8 } })).toEqual([
    'models.made.spark.executor.vcpu = 3: a worker of EMR Serverless has 1, 2, 4, 8 or 16 vCPUs. Use e.g. { vcpu: 4, memoryGb: 16 }.',
  ]);
  expect(onSpark({ executor: { vcpu: 4, memoryGb: 64 } })).toEqual([
    'models.made.spark.executor.memoryGb = 64: with 4 vCPU a worker has 8 to 30 GB. Use e.g. memoryGb: 8.',
  ]);
  expect(onSpark({ driver: { vcpu: 8, memoryGb: 18 } })).toEqual([
    'models.made.spark.driver.memoryGb = 18: with 8 vCPU a worker has 16 to 60 GB in steps of 4. Use e.g. memoryGb: 16.',
  ]);
  expect(onSpark({ maxExecutors: 0 })).toEqual([
    'models.made.spark.maxExecutors = 0: the number of executors is 1 at the least. Use e.g. 3.',
  ]);
  expect(onSpark({ timeout: seconds(5) })).toEqual([
    expect.stringMatching(
      /^models\.made\.spark\.timeout.*a job may take a minute at the least\. Use e\.g\. minutes\(30\)\.$/,
    ),
  ]);
  expect(onSpark({ executors: 3 })).toEqual([
    expect.stringMatching(/^models\.made\.spark\.executors.*Did you mean 'executor'/),
  ]);
});

test('what belongs to Spark stands with Spark', () => {
  expect(mistakes({ made: sql('made.sql', { spark: { maxExecutors: 3 } }) })).toEqual([
    expect.stringMatching(
      /^models\.made\.spark.*workers are those of a model on Spark\. Write engine: 'spark' beside it/,
    ),
  ]);
  expect(mistakes({ made: sql('made.sql', { engine: 'flink' as never }) })).toEqual([
    expect.stringMatching(/^models\.made\.engine = 'flink': a model runs in DuckDB, in Redshift, or on Spark\. /),
  ]);
  expect(mistakes({ made: pyspark('made.ts', { from: 'sales', columns: { id: bigint() } }) })).toEqual([
    expect.stringMatching(/^models\.made\.file = 'made\.ts': it names a Python file beside pipeline\.ts/),
  ]);
  expect(mistakes({ made: sql('made.sql', { engine: 'spark' }) }, { spark: { release: 'emr-6.15.0' } })).toEqual([
    "spark.release = 'emr-6.15.0': a release of EMR whose Spark is 3.5 is written as emr-7.9.0. Use e.g. release: 'emr-7.9.0'.",
  ]);
});
