/** One job run by a real Spark in local mode: its driver and its executors are one JVM, in a process group of its own. */
import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import type { CloudContext, Principal } from '../../service';
import { openFileServer } from './file-server';
import { findSpark, NO_SPARK, type Spark } from './find-spark';
import { type JobFiles, openJobFiles } from './job-files';
import { openJobLog } from './job-log';
import type { JobRecord } from './record';
import { readSubmitParameters } from './submit-parameters';
import { localHeapMb, workersOf } from './workers';

export interface Outcome {
  readonly state: 'SUCCESS' | 'FAILED';
  readonly stateDetails: string;
}

export interface JobRun {
  readonly cloud: CloudContext;
  readonly job: JobRecord;
  /** its own, removed at the end */
  readonly folder: string;
  /** objects that are files of this machine: what the CDK would have put into its bucket */
  readonly assets: ReadonlyMap<string, string>;
  readonly signal: AbortSignal;
  onRunning(): void;
}

/** Longest that the API shows. */
const DETAILS_CHARACTERS = 256;

export async function runJob(run: JobRun): Promise<Outcome> {
  const spark = findSpark();
  if (!spark) return { state: 'FAILED', stateDetails: NO_SPARK };
  const { cloud, job, folder, signal } = run;
  const principal: Principal = { kind: 'role', roleArn: job.input.executionRoleArn!, sessionName: job.id };
  await mkdir(folder, { recursive: true });
  const files = openJobFiles(cloud, principal, join(folder, 'unput'));
  const server = await openFileServer(files);
  const log = openJobLog(cloud, principal, job);
  try {
    const command = await commandOf(run, spark, files, server.confsFor(await bucketsOf(cloud)));
    if (signal.aborted) return failed('cancelled');
    run.onRunning();
    const code = await perform(command, environmentOf(cloud, job, spark, command), folder, signal, log.write);
    await log.close();
    if (code === 0) return { state: 'SUCCESS', stateDetails: '' };
    const exceptions = tellingOf(log.exceptions());
    const last = exceptions === '' ? '' : ` Last few exceptions: ${exceptions}`;
    return failed(
      `Job failed, please check complete logs in configured logging destination. ExitCode: ${code}.${last}`,
    );
  } catch (error) {
    return failed((error as Error).message);
  } finally {
    await log.close();
    await server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

const failed = (details: string): Outcome => ({ state: 'FAILED', stateDetails: details.slice(0, DETAILS_CHARACTERS) });

/** Memory first: what follows it is its consequence. */
function tellingOf(exceptions: readonly string[]): string {
  const plain = exceptions.map((line) => line.replace(/^\d\d\/\d\d\/\d\d [\d:]+ \w+ \S+: /, ''));
  const memory = plain.find((line) => line.includes('OutOfMemoryError'));
  const causes = plain.filter((line) => /^(Caused by: |[\w.]+(Error|Exception)\b)/.test(line));
  return memory ?? causes.slice(-2).join('...') ?? '';
}

async function bucketsOf(cloud: CloudContext): Promise<string[]> {
  const { Buckets = [] } = (await cloud.call({ kind: 'admin' }, 's3', 'ListBuckets', {})) as {
    Buckets?: { Name?: string }[];
  };
  return Buckets.map(({ Name = '' }) => Name);
}

interface Command {
  readonly args: readonly string[];
  /** folders of Python modules */
  readonly modules: readonly string[];
}

/** Set by what the machine has, or by where the job runs. */
const OWN =
  /^spark\.(driver|executor)\.(memory|memoryOverhead|cores|instances)$|^spark\.dynamicAllocation\.|^spark\.emr-serverless\./;

async function commandOf(
  run: JobRun,
  spark: Spark,
  files: JobFiles,
  mounts: ReadonlyMap<string, string>,
): Promise<Command> {
  const { folder, job } = run;
  const submit = job.input.jobDriver?.sparkSubmit;
  const { confs, pyFiles, others } = readSubmitParameters(submit?.sparkSubmitParameters);
  const { driver, executor, executors } = workersOf(confs);
  const threads = Math.max(1, Math.min(availableParallelism(), executors * executor.cores || driver.cores));
  const heapMb = localHeapMb(confs, totalmem() / 1024 / 1024);
  const local = new Map([
    ...[...confs].filter(([name]) => !OWN.test(name)),
    ...mounts,
    ['spark.ui.enabled', 'false'],
    ['spark.ui.showConsoleProgress', 'false'],
    ['spark.driver.host', '127.0.0.1'],
    ['spark.driver.bindAddress', '127.0.0.1'],
    ['spark.local.dir', join(folder, 'scratch')],
    ['spark.sql.warehouse.dir', join(folder, 'warehouse')],
    ['spark.hadoop.hadoop.tmp.dir', join(folder, 'hadoop')],
    ['spark.app.name', job.input.name ?? job.id],
    // An executor that has no memory left ends; here that is the driver as well.
    [
      'spark.driver.extraJavaOptions',
      `-XX:+ExitOnOutOfMemoryError ${confs.get('spark.driver.extraJavaOptions') ?? ''}`.trim(),
    ],
  ]);
  const modules: string[] = [];
  const archives: string[] = [];
  for (const url of pyFiles) {
    const file = await localFile(run, url, files);
    if (/\.(py|zip|egg)$/.test(file)) archives.push(file);
    else modules.push(file);
  }
  const entry = await localFile(run, submit?.entryPoint ?? '', files);
  await writeFile(join(folder, 'spark.conf'), [...local].map(([name, value]) => `${name} ${value}\n`).join(''));
  return {
    args: [
      spark.submit,
      ...['--master', `local[${threads}]`, '--driver-memory', `${heapMb}m`],
      ...['--properties-file', join(folder, 'spark.conf')],
      ...(archives.length > 0 ? ['--py-files', archives.join(',')] : []),
      ...others,
      entry,
      ...(submit?.entryPointArguments ?? []),
    ],
    modules,
  };
}

/** What the CDK would have uploaded lies here already; anything else is read from S3 as the job. */
async function localFile({ assets, folder }: JobRun, url: string, files: JobFiles): Promise<string> {
  const [, path] = /^s3[an]?:\/(\/[^/]+\/.+)$/.exec(url) ?? [];
  if (path === undefined) return url;
  const asset = assets.get(path.split('/').slice(2).join('/'));
  if (asset !== undefined) return asset;
  const target = join(folder, 'fetched', basename(path));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, await files.read(path, 0));
  return target;
}

function environmentOf(cloud: CloudContext, { input, id }: JobRecord, spark: Spark, { modules }: Command) {
  const { PYTHONPATH, ...own } = process.env;
  const credentials = cloud.credentialsFor(input.executionRoleArn!, id);
  return {
    ...own,
    ...(spark.home === undefined ? {} : { SPARK_HOME: spark.home }),
    ...(spark.python === undefined ? {} : { PYSPARK_PYTHON: spark.python, PYSPARK_DRIVER_PYTHON: spark.python }),
    ...(modules.length === 0 ? {} : { PYTHONPATH: [...modules, ...(PYTHONPATH ? [PYTHONPATH] : [])].join(delimiter) }),
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    SPARK_LOCAL_IP: '127.0.0.1',
    AWS_ENDPOINT_URL: cloud.endpoint,
    AWS_REGION: cloud.region,
    AWS_DEFAULT_REGION: cloud.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
  };
}

/**
 * The shell leads a process group, and waits for the end of its own input: when this process dies, however it does, the pipe closes, and
 * the group ends with it.
 */
const GUARD =
  'exec 3<&0; "$@" </dev/null & job=$!; (cat <&3 >/dev/null; kill -9 0) & wait "$job"; code=$?; kill "$!" 2>/dev/null; exit "$code"';

function perform(
  { args }: Command,
  env: NodeJS.ProcessEnv,
  cwd: string,
  signal: AbortSignal,
  write: (stream: 'stdout' | 'stderr', chunk: string) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', GUARD, 'spark-job', ...args], { cwd, env, detached: true, stdio: 'pipe' });
    const kill = () => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // It has ended.
      }
    };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (chunk: string) => write(name, chunk));
    }
    child.stdin.on('error', () => {});
    signal.addEventListener('abort', kill, { once: true });
    if (signal.aborted) kill();
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', kill);
      // Whatever it has started ends with it.
      kill();
      resolve(code ?? (killedBy === 'SIGKILL' ? 137 : 1));
    });
  });
}
