/** Runs tasks as functions run: their bundle in a fresh process, beside local services in a process of their own. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Bundle } from '../../lib/constructs/bundle';
import { type Measured, measure, median, type Server, startServer } from './processes';

/** Inputs that take longer to make than to measure are kept here between runs. */
export const FOLDER = join(tmpdir(), 'stepwell-bench');
const CREDENTIALS = { accessKeyId: 'bench', secretAccessKey: 'bench' };
export const WORK = 'work';

export interface TaskBench {
  readonly client: { readonly endpoint: string; readonly region: string; readonly credentials: typeof CREDENTIALS };
  readonly s3: S3Client;
  /** of this bench alone; gone when it is closed */
  readonly folder: string;
  /** the local services, which take their share of the same cores while the task runs */
  readonly services: Server;
  run(bundle: Bundle, event: object, environment?: NodeJS.ProcessEnv): Promise<Measured>;
  close(): Promise<void>;
}

/** `services`: script of the local services; default: S3 alone. */
export async function openTaskBench(name: string, script = 'test/bench/s3-server.ts'): Promise<TaskBench> {
  const folder = join(FOLDER, `${name}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const services = await startServer(resolve(script), [join(folder, 'state')]);
  const client = { endpoint: services.endpoint, region: 'us-east-1', credentials: CREDENTIALS };
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: WORK }));
  let attempts = 0;
  return {
    client,
    s3,
    folder,
    services,
    run({ directory }, event, environment = {}) {
      const eventFile = join(folder, 'event.json');
      writeFileSync(eventFile, JSON.stringify(event));
      const args = [join(directory, 'index.js'), eventFile, `attempt-${attempts++}`];
      return measure(resolve('test/bench/function-process.cjs'), args, {
        AWS_ENDPOINT_URL: services.endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        WORK_BUCKET: WORK,
        PIPELINE: 'bench',
        POWERTOOLS_SERVICE_NAME: 'bench',
        POWERTOOLS_METRICS_NAMESPACE: 'Stepwell',
        LOG_LEVEL: 'WARN',
        NODE_NO_WARNINGS: '1',
        ...environment,
      });
    },
    async close() {
      s3.destroy();
      await services.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a task is measured by, beside the least that anybody has to do. */
export interface Compared {
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly bareRowsPerSecond: number;
  /** rows a second, task over bare */
  readonly ratio: number;
  readonly peakMb: number;
  readonly barePeakMb: number;
  readonly cpuSeconds: number;
  readonly bareCpuSeconds: number;
  /** rows a second of processor time, task over bare: hardly moved by what else runs on the machine */
  readonly cpuRatio: number;
}

/** Measures both in turn, so that neither has the quiet half of the time. */
export async function compare(
  rows: number,
  repeats: number,
  bare: () => Promise<Measured>,
  task: () => Promise<Measured>,
): Promise<Compared> {
  const bares: Measured[] = [];
  const tasks: Measured[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    bares.push(await bare());
    tasks.push(await task());
  }
  const seconds = (measured: readonly Measured[]) => median(measured.map(({ ms }) => ms)) / 1000;
  const cpuSeconds = (measured: readonly Measured[]) => median(measured.map(({ cpuMs }) => cpuMs)) / 1000;
  return {
    rows,
    rowsPerSecond: rows / seconds(tasks),
    bareRowsPerSecond: rows / seconds(bares),
    ratio: seconds(bares) / seconds(tasks),
    peakMb: Math.max(...tasks.map(({ peakMb }) => peakMb)),
    barePeakMb: Math.max(...bares.map(({ peakMb }) => peakMb)),
    cpuSeconds: cpuSeconds(tasks),
    bareCpuSeconds: cpuSeconds(bares),
    cpuRatio: cpuSeconds(bares) / cpuSeconds(tasks),
  };
}
