/** Models on a real Spark end to end: between models in DuckDB, and every way in which a job goes wrong. */
import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMRServerlessClient, ListApplicationsCommand, ListJobRunsCommand } from '@aws-sdk/client-emr-serverless';
import { ListExecutionsCommand, SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { findSpark } from '../../lib/local/services/emr-serverless/find-spark';
import { type PipelinesCloud, startPipelines } from './pipelines-cloud';
import { faulty, sales } from './spark/pipelines';

const suite = findSpark() ? describe : describe.skip;
const ROWS = 2000;
const PLACES = ['wien', 'graz', 'linz'];
const marker = join(tmpdir(), `stepwell-half-${process.pid}`);

let cloud: PipelinesCloud;

const row = (n: number, note = `n, "${n}"`) =>
  `${n},${n % 2 ? ' ' : ''}${PLACES[n % 3]!.toUpperCase()},${n % 10 === 0 ? '' : `${n}.25`},2026-03-0${1 + (n % 9)}T12:00:00.123456,"${note.replaceAll('"', '""')}"`;
const file = (rows: number, note?: string) =>
  ['id,region,amount,sold_at,note', ...Array.from({ length: rows }, (_, n) => row(n + 1, note))].join('\n');
const kept = Array.from({ length: ROWS }, (_, n) => n + 1).filter((n) => n % 10 !== 0);

suite('models on Spark', () => {
  beforeAll(async () => {
    rmSync(marker, { force: true });
    process.env.DIED_HALFWAY = marker;
    cloud = await startPipelines([sales, faulty], join(__dirname, 'spark'));
  });
  afterAll(async () => {
    delete process.env.DIED_HALFWAY;
    rmSync(marker, { force: true });
    await cloud?.stop();
  });

  test('run between models in DuckDB; a job that dies with half of its output written leaves nothing twice', async () => {
    const run = await cloud.drop('spark-sales', 'sales/one.csv', file(ROWS));

    expect(run).toMatchObject({ status: 'SUCCEEDED' });
    expect(existsSync(marker)).toBe(true);
    const of = (place: string) => kept.filter((n) => PLACES[n % 3] === place);
    const cents = (place: string) => of(place).reduce((sum, n) => sum + n * 100 + 25, 0);
    const places = await cloud.query('aurora', 'SELECT place, sold, total, middle, first_at FROM spark_sales.places');
    expect(places.map(({ place, sold, total }) => ({ place, sold, total }))).toEqual(
      expect.arrayContaining(
        PLACES.map((place) => ({
          place,
          sold: String(of(place).length),
          total: (cents(place) / 100).toFixed(2),
        })),
      ),
    );
    expect(places.every(({ first_at: at }) => /^2026-03-0\d 12:00:00\.123456$/.test(at!))).toBe(true);
    const best = await cloud.query('aurora', 'SELECT place, most, rows FROM spark_sales.best ORDER BY place');
    expect(best.map(({ place, most, rows }) => [place, most, rows])).toEqual(
      [...PLACES].sort().map((place) => [place, `${Math.max(...of(place))}.25`, String(of(place).length)]),
    );
    const ranked = await cloud.lake('spark_sales', 'ranked');
    expect(ranked.map(({ id }) => Number(id)).sort((a, b) => a - b)).toEqual(kept);
    expect(ranked.find(({ id }) => id === '7')).toMatchObject({ note: 'n, "7"', amount: '7.25' });
  });

  test('a model that is wrong is told in the words of Spark, and is not tried again', async () => {
    const [column, value] = await Promise.all([
      cloud.drop('spark-faulty', 'faulty/column.csv', file(3, 'no column')),
      cloud.drop('spark-faulty', 'faulty/value.csv', file(3, 'value')),
    ]);

    expect(column).toMatchObject({ status: 'FAILED', error: 'ModelFailed' });
    expect(column.message).toMatch(
      /^Model made failed on Spark: faulty\.py, line \d+: \[UNRESOLVED_COLUMN\.WITH_SUGGESTION\] A column or function parameter with name `shares` cannot be resolved.* Nothing was published\. Correct the model/,
    );
    expect(value).toMatchObject({ status: 'FAILED', error: 'ModelFailed' });
    expect(value.message).toMatch(/^Model made failed on Spark: \[DIVIDE_BY_ZERO\] Division by zero/);
  });

  test('a job that runs out of memory fails the run with its words; one whose run is stopped is cancelled', async () => {
    const emr = new EMRServerlessClient(cloud.client);
    const sfn = new SFNClient(cloud.client);
    const { applications = [] } = await emr.send(new ListApplicationsCommand({}));
    const applicationId = applications.find(({ name }) => name === 'stepwell-spark-faulty')!.id;
    const states = async () => {
      const { jobRuns = [] } = await emr.send(new ListJobRunsCommand({ applicationId }));
      return jobRuns.map(({ state }) => state);
    };
    const exhausted = cloud.drop('spark-faulty', 'faulty/memory.csv', file(3, 'memory'));
    const stopped = cloud.drop('spark-faulty', 'faulty/sleep.csv', file(3, 'sleep'));
    const memory = await exhausted;
    expect(memory).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(memory.message).toMatch(/^Job failed, please check complete logs.*OutOfMemoryError/);

    while (!(await states()).includes('RUNNING')) await new Promise((resolve) => setTimeout(resolve, 100));
    const stateMachineArn = cloud.cloud.outputs['Stepwell-SparkFaulty']!.StateMachineArn!;
    const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }));
    await sfn.send(new StopExecutionCommand({ executionArn: executions[0]!.executionArn }));
    expect(await stopped).toMatchObject({ status: 'ABORTED' });
    while (!(await states()).includes('CANCELLED')) await new Promise((resolve) => setTimeout(resolve, 100));
  });
});
