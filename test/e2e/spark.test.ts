/** Models on a real Spark end to end: between models in DuckDB, every way in which a job goes wrong, and citizens by either engine. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CancelJobRunCommand,
  EMRServerlessClient,
  GetJobRunCommand,
  type JobRun,
  ListApplicationsCommand,
  ListJobRunsCommand,
} from '@aws-sdk/client-emr-serverless';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import { findSpark } from '../../lib/local/services/emr-serverless/find-spark';
import { registryCsv } from '../../lib/samples/registry/csv';
import { type RegistryDay, registryRecords } from '../../lib/samples/registry/people';
import { startServices } from '../../state-machines/citizens/samples';
import { json, stepwell } from '../cli/stepwell';
import { useShortLivedJvms } from '../spark-jvm';
import { readDay } from './citizens-reading';
import { type PipelinesCloud, type Row, startPipelines } from './pipelines-cloud';
import { faulty, sales } from './spark/pipelines';

const suite = findSpark() ? describe : describe.skip;
const ROWS = 2000;
const PLACES = ['wien', 'graz', 'linz'];

let cloud: PipelinesCloud;
let services: Awaited<ReturnType<typeof startServices>>;
let folder: string;
let faults: string;
let emr: EMRServerlessClient;

// A Spark takes seconds to start, and a busy machine more.
jest.setTimeout(600_000);

const row = (n: number, note = `n, "${n}"`) =>
  `${n},${n % 2 ? ' ' : ''}${PLACES[n % 3]!.toUpperCase()},${n % 10 === 0 ? '' : `${n}.25`},2026-03-0${1 + (n % 9)}T12:00:00.123456,"${note.replaceAll('"', '""')}"`;
const file = (rows: number, note?: string) =>
  ['id,region,amount,sold_at,note', ...Array.from({ length: rows }, (_, n) => row(n + 1, note))].join('\n');
const kept = Array.from({ length: ROWS }, (_, n) => n + 1).filter((n) => n % 10 !== 0);

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Of a pipeline, the first that was started first. */
async function jobsOf(pipeline: string): Promise<JobRun[]> {
  const { applications = [] } = await emr.send(new ListApplicationsCommand({}));
  const applicationId = applications.find(({ name }) => name === `stepwell-${pipeline}`)!.id!;
  const { jobRuns = [] } = await emr.send(new ListJobRunsCommand({ applicationId }));
  const described = jobRuns.map(({ id }) => emr.send(new GetJobRunCommand({ applicationId, jobRunId: id! })));
  return (await Promise.all(described)).map(({ jobRun }) => jobRun!).reverse();
}

/** `1-0/part-00000`, …: what lies in the folders of a model's jobs, by redrive and retry. */
async function written(pipeline: string, model: string): Promise<string[]> {
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  const Bucket = Object.values(cloud.cloud.outputs).find((one) => one.WorkBucketName)!.WorkBucketName!;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `runs/${pipeline}/` }));
  s3.destroy();
  return Contents.flatMap(({ Key = '' }) => {
    const [, name] = new RegExp(`/spark/${model}/[^/]+/(.*)$`).exec(Key) ?? [];
    return name === undefined ? [] : [name.replace(/(part-\d+).*/, '$1')];
  });
}

suite('models on Spark', () => {
  beforeAll(async () => {
    useShortLivedJvms();
    folder = mkdtempSync(join(tmpdir(), 'stepwell-spark-'));
    faults = join(folder, 'faults');
    process.env.FAULTS = faults;
    process.env.ENGINE = 'spark';
    const { default: citizens } = await import('../../state-machines/citizens/pipeline');
    delete process.env.ENGINE;
    services = await startServices();
    const of = ({ name }: { readonly name: string }) =>
      name === 'citizens' ? join(PROJECT_ROOT, 'state-machines', name) : join(__dirname, 'spark');
    cloud = await startPipelines([sales, faulty, citizens], of, folder);
    emr = new EMRServerlessClient(cloud.client);
  });
  afterAll(async () => {
    delete process.env.FAULTS;
    emr?.destroy();
    await cloud?.stop();
    await services?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  test('between models in DuckDB; a run whose jobs die, run out of memory and are cancelled ends with each row once', async () => {
    // With half of its output written, before a retry; without memory, so that the run fails; halfway again, until the run is stopped.
    writeFileSync(faults, 'dies memory sleeps');
    const failed = await cloud.drop('spark-sales', 'sales/one.csv', file(ROWS));
    expect(failed).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(failed.message).toMatch(/^Job failed, please check complete logs.*OutOfMemoryError/);
    const target = ['--state-dir', cloud.cloud.context.stateDir];
    const [started] = await json<{ runId: string; executionArn: string }[]>('runs', 'spark-sales', ...target);

    const { runId, executionArn } = started!;
    await stepwell('redrive', 'spark-sales', runId, '--no-wait', ...target);
    const sleeping = await until(
      async () =>
        (await written('spark-sales', 'ranked')).includes('1-0/_SUCCESS') &&
        (await jobsOf('spark-sales')).find(({ state }) => state === 'RUNNING'),
    );
    const sfn = new SFNClient(cloud.client);
    await sfn.send(new StopExecutionCommand({ executionArn }));
    const { applicationId, jobRunId } = sleeping;
    await until(async () =>
      (await jobsOf('spark-sales')).every(({ state }) => state !== 'CANCELLING' && state !== 'RUNNING'),
    );
    await expect(emr.send(new CancelJobRunCommand({ applicationId, jobRunId }))).rejects.toMatchObject({
      name: 'ValidationException',
    });
    expect(readdirSync(join(cloud.cloud.context.stateDir, 'emr-serverless/running'))).toEqual([]);
    expect(await cloud.query('aurora', `SELECT to_regclass('spark_sales.places') AS made`)).toEqual([{ made: null }]);

    expect(await json('redrive', 'spark-sales', runId, ...target)).toMatchObject([{ status: 'SUCCEEDED' }]);
    expect(readFileSync(faults, 'utf8')).toBe('');
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
    // Halves lie where they were written; of the job without memory nothing does.
    expect([...new Set((await written('spark-sales', 'ranked')).map((name) => name.split('/')[0]))]).toEqual([
      '0-0',
      '1-0',
      '2-0',
    ]);

    const jobs = await jobsOf('spark-sales');
    expect(jobs.map(({ state }) => state)).toEqual(['SUCCESS', 'FAILED', 'FAILED', 'CANCELLED', 'SUCCESS']);
    await costIsOf(jobs, runId, target);
    await logsTellOf(runId, target);
  });

  /** What is billed of each job, however it has ended: who notes it hears of the end by an event. */
  async function costIsOf(jobs: readonly JobRun[], runId: string, target: readonly string[]): Promise<void> {
    const billed = (of: 'vCPUHour' | 'memoryGBHour') =>
      jobs.reduce((sum, { billedResourceUtilization: one }) => sum + (one?.[of] ?? 0), 0);
    const noted = async () => {
      const { lines } = await json<{ lines: { service: string; what: string; amount: number }[] }>(
        'cost',
        'spark-sales',
        '--run',
        runId,
        ...target,
      );
      return lines.flatMap(({ service, what, amount }) => (service === 'EMR Serverless' ? [[what, amount]] : []));
    };
    const expected = [
      ['vCPU', expect.closeTo(billed('vCPUHour'), 6)],
      ['memory', expect.closeTo(billed('memoryGBHour'), 6)],
    ];
    // Five jobs, each a driver and two executors of one vCPU for a minute at least.
    expect(billed('vCPUHour')).toBeGreaterThanOrEqual(5 * 3 * 0.0166);
    await until(async () => Math.abs(Number((await noted())[0]?.[1]) - billed('vCPUHour')) < 1e-6);
    expect(await noted()).toEqual(expected);
  }

  /** What the model prints, in each of its jobs, and why one has ended. */
  async function logsTellOf(runId: string, target: readonly string[]): Promise<void> {
    interface Line {
      readonly function: string;
      readonly level: string;
      readonly message: string;
      readonly details: { readonly model: string; readonly worker: string; readonly state?: string };
    }
    const isEnd = ({ message }: Line) => message === 'A job on Spark has ended';
    const lines = await until(async () => {
      const { stdout } = await stepwell('logs', runId, '--json', ...target);
      const found = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
      return found.filter(isEnd).length === 5 && found;
    });
    const ofModel = lines.filter(({ function: name, details }) => name === 'spark' && details.model === 'ranked');
    expect(ofModel.flatMap(({ message }) => (/^ranked: /.test(message) ? [message] : []))).toEqual([
      'ranked: dies',
      'ranked: memory',
      'ranked: sleeps',
      'ranked: none',
    ]);
    expect(ofModel).toContainEqual(
      expect.objectContaining({ level: 'ERROR', message: expect.stringMatching(/OutOfMemoryError: Java heap space/) }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ message: `Model places: ${PLACES.length} rows in 1 files`, level: 'INFO' }),
    );
    expect(lines.filter(({ message }) => /^Picked up |INFO SparkContext/.test(message))).toEqual([]);
    expect(
      lines
        .filter(isEnd)
        .map(({ details }) => details.state)
        .sort(),
    ).toEqual(['CANCELLED', 'FAILED', 'FAILED', 'SUCCESS', 'SUCCESS']);
  }

  test('a model that is wrong is told in the words of Spark, and is not tried again', async () => {
    const run = await cloud.drop('spark-faulty', 'faulty/value.csv', file(3, 'value'));

    expect(run).toMatchObject({ status: 'FAILED', error: 'ModelFailed' });
    expect(run.message).toMatch(
      /^Model made failed on Spark: \[DIVIDE_BY_ZERO\] Division by zero.* Nothing was published/,
    );
    const target = ['--state-dir', cloud.cloud.context.stateDir];
    const [{ runId }] = await json<[{ runId: string }]>('runs', 'spark-faulty', ...target);
    const redriven = await stepwell('redrive', 'spark-faulty', runId, ...target);
    expect(redriven).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('has failed with ModelFailed') });
    expect(redriven.stderr).toContain('as a redrive would fail the same way');
    expect((await jobsOf('spark-faulty')).map(({ state }) => state)).toEqual(['SUCCESS']);
  });

  test('`ENGINE=spark`: a day of citizens is what its files say', async () => {
    await cloud.putSecret('statistics-db', services.secrets['statistics-db']);
    const PEOPLE = 3000;
    const [before, day]: RegistryDay[] = [
      { day: '2024-03-30', people: PEOPLE },
      { day: '2024-03-31', people: PEOPLE },
    ];
    for (const one of [before!, day!])
      await cloud.put(`citizens/${one.day}/citizens_data.csv`, Buffer.concat([...registryCsv(one)]));

    const interval = { start: '2024-03-31T02:00:00.000Z', end: '2024-04-01T02:00:00.000Z' };
    expect(await cloud.start('citizens', { interval })).toMatchObject({ status: 'SUCCEEDED' });

    const asOf = '2024-03-31 02:00:00';
    const expected = readDay({
      day: day!.day,
      asOf,
      records: [...registryRecords(day!)],
      before: [...registryRecords(before!)],
    });
    const rows = async (table: string): Promise<Row[]> =>
      sorted(await cloud.query('aurora', `SELECT * FROM citizens.${table}`));
    expect(await rows('population')).toEqual(sorted(expected.population));
    expect(await rows('region_days')).toEqual(sorted(expected.regions));
    expect(await rows('registry_days')).toEqual([expected.registry]);
  });
});

const sorted = (rows: readonly Row[]): Row[] => {
  const keyOf = (one: Row) => `${one.region_code} ${one.age_band}`;
  return [...rows].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
};
