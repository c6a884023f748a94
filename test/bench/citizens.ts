/** The citizens pipeline on a day of millions: two files, cut into ranges, counted and published. Time, and the memory of each task. */
import { createReadStream, createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline as piped } from 'node:stream/promises';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { compile } from '../../lib/compiler';
import { deployed, pipelineNamed } from '../../lib/operate/connection';
import { localClientOptions } from '../../lib/operate/local';
import { registryCsv } from '../../lib/samples/registry/csv';
import { appOf } from '../../lib/stacks/app';
import citizens from '../../state-machines/citizens/pipeline';
import { startServices } from '../../state-machines/citizens/samples';
import { startServer } from './processes';

export interface CitizensResult {
  /** people on each of the two days */
  readonly people: number;
  /** of both files */
  readonly bytes: number;
  /** that both were read in */
  readonly ranges: number;
  readonly rows: number;
  readonly rejected: number;
  /** from the start of the run to its end */
  readonly seconds: number;
  readonly tasks: readonly TaskResult[];
}

export interface TaskResult {
  readonly task: string;
  readonly invocations: number;
  /** of the longest */
  readonly seconds: number;
  readonly peakMb: number;
  /** what the function has */
  readonly memoryMb: number;
}

const DAYS = ['2026-02-28', '2026-03-01'];
const INTERVAL = { start: '2026-03-01T03:00:00.000Z', end: '2026-03-02T03:00:00.000Z' };

export async function measureCitizens(people: number): Promise<CitizensResult> {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-bench-citizens-'));
  const assembly = join(folder, 'cdk.out');
  const services = await startServices();
  try {
    process.env.CDK_VALIDATION = 'false';
    appOf([await compile(citizens, { folder: 'state-machines/citizens' })], { outdir: assembly }).synth();
    const cloud = await startServer(resolve('test/bench/cloud-process.ts'), [assembly, join(folder, 'state')]);
    try {
      const client = localClientOptions(cloud.endpoint);
      const { stateMachineArn, landingBucket } = pipelineNamed(await deployed({ client }), 'citizens');
      await putSecret(client, services.secrets['statistics-db']);
      const bytes = await landDays(client, landingBucket, folder, people);
      const { seconds, rows, rejected } = await run(client, stateMachineArn);
      const tasks = await tasksOf(client);
      // Each file is planned by one more invocation.
      const ranges = tasks.find(({ task }) => task === 'extract-files')!.invocations - DAYS.length;
      return { people, bytes, ranges, rows, rejected, seconds, tasks };
    } finally {
      await cloud.stop();
    }
  } finally {
    await services.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Client = ReturnType<typeof localClientOptions>;

async function putSecret(client: Client, login: object): Promise<void> {
  const secrets = new SecretsManagerClient(client);
  await secrets.send(new CreateSecretCommand({ Name: 'stepwell/statistics-db', SecretString: JSON.stringify(login) }));
  secrets.destroy();
}

async function landDays(client: Client, bucket: string, folder: string, people: number): Promise<number> {
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  let bytes = 0;
  for (const day of DAYS) {
    const path = join(folder, `${day}.csv`);
    await piped(Readable.from(registryCsv({ day, people })), createWriteStream(path));
    const { size } = statSync(path);
    bytes += size;
    const Key = `citizens/${day}/citizens_data.csv`;
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: createReadStream(path), ContentLength: size }));
    rmSync(path);
  }
  s3.destroy();
  return bytes;
}

async function run(client: Client, stateMachineArn: string) {
  const stepFunctions = new SFNClient(client);
  const input = JSON.stringify({ interval: INTERVAL });
  const start = performance.now();
  const { executionArn } = await stepFunctions.send(new StartExecutionCommand({ stateMachineArn, input }));
  for (;;) {
    const { status, output, cause } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'RUNNING') {
      await new Promise((wake) => setTimeout(wake, 100));
      continue;
    }
    if (status !== 'SUCCEEDED') throw new Error(`The run ended as ${status}: ${cause}`);
    stepFunctions.destroy();
    const { rows, rejected } = JSON.parse(output!) as { rows: number; rejected: number };
    return { seconds: (performance.now() - start) / 1000, rows, rejected };
  }
}

const LOGS = '/stepwell/citizens/';
const REPORT = /Duration: ([\d.]+) ms.*Memory Size: (\d+) MB\tMax Memory Used: (\d+) MB/;

/** By what each invocation reports in its log. */
async function tasksOf(client: Client): Promise<TaskResult[]> {
  const logs = new CloudWatchLogsClient(client);
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: LOGS }));
  const results: TaskResult[] = [];
  for (const { logGroupName } of logGroups) {
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: 'REPORT' }));
    const reports = events.flatMap(({ message }) => {
      const [, duration, size, used] = REPORT.exec(message ?? '') ?? [];
      return duration === undefined ? [] : [{ ms: Number(duration), size: Number(size), used: Number(used) }];
    });
    if (reports.length === 0) continue;
    results.push({
      task: logGroupName!.slice(LOGS.length),
      invocations: reports.length,
      seconds: Math.max(...reports.map(({ ms }) => ms)) / 1000,
      peakMb: Math.max(...reports.map(({ used }) => used)),
      memoryMb: reports[0]!.size,
    });
  }
  logs.destroy();
  return results.sort((one, other) => (one.task < other.task ? -1 : 1));
}
