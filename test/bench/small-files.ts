/** Thousands of small files in one run of a schedule: how long it takes, how many state transitions and how much of Lambda's time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { compile } from '../../lib/compiler';
import { deployed, pipelineNamed } from '../../lib/operate/connection';
import { localClientOptions } from '../../lib/operate/local';
import { append, cron, definePipeline, key, lake, landedFiles, ndjson, sql, text, timestamp } from '../../lib/pipeline';
import { appOf } from '../../lib/stacks/app';
import { startServer } from './processes';

export interface SmallFilesResult {
  readonly files: number;
  readonly bytes: number;
  readonly rows: number;
  /** from the start of the run to its end */
  readonly seconds: number;
  /** invocations that read files */
  readonly batches: number;
  /** steps of the run and of the Map's children */
  readonly transitions: number;
  readonly transitionsPerFile: number;
  readonly invocations: number;
  /** of all functions, as billed: on this machine, not on Lambda's */
  readonly lambdaSeconds: number;
  readonly gbSeconds: number;
  /** by the list prices of us-east-1 */
  readonly dollars: number;
}

const ROWS = 50;
const LANDERS = 40;
const INTERVAL = { start: '2026-01-05T00:00:00.000Z', end: '2026-01-06T00:00:00.000Z' };
const TRANSITION_DOLLARS = 0.025 / 1000;
const GB_SECOND_DOLLARS = 0.000_013_333_4;
const INVOCATION_DOLLARS = 0.2 / 1e6;
const GET_DOLLARS = 0.0004 / 1000;

const clickstream = definePipeline({
  name: 'bench-clicks',
  trigger: cron('0 0 * * *'),
  sources: {
    clicks: landedFiles({
      glob: 'clicks/{yyyy}/{MM}/{dd}/*.ndjson.gz',
      format: ndjson(),
      columns: { id: key.bigint(), session: text(36), page: text(100), seen_at: timestamp() },
    }),
  },
  models: { seen: sql.text('SELECT *, CAST(seen_at AS DATE) AS seen_on FROM clicks') },
  sinks: [lake({ model: 'seen', table: 'seen', write: append(), partitionBy: ['seen_on'] })],
});

export async function measureSmallFiles(files: number): Promise<SmallFilesResult> {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-bench-files-'));
  const assembly = join(folder, 'cdk.out');
  try {
    process.env.CDK_VALIDATION = 'false';
    appOf([await compile(clickstream, { folder })], { outdir: assembly }).synth();
    const cloud = await startServer(resolve('test/bench/cloud-process.ts'), [assembly, join(folder, 'state')]);
    try {
      const client = localClientOptions(cloud.endpoint);
      const { stateMachineArn, landingBucket } = pipelineNamed(await deployed({ client }), clickstream.name);
      const bytes = await land(client, landingBucket, files);
      const stepFunctions = new SFNClient(client);
      const run = await runOnce(stepFunctions, stateMachineArn);
      if (run.rows !== files * ROWS) throw new Error(`${run.rows} rows were published of ${files * ROWS}.`);
      const { transitions, children } = await transitionsOf(stepFunctions, run.executionArn);
      stepFunctions.destroy();
      const lambda = await lambdaOf(client);
      return {
        files,
        bytes,
        rows: run.rows,
        seconds: run.seconds,
        batches: children,
        transitions,
        transitionsPerFile: transitions / files,
        ...lambda,
        dollars:
          transitions * TRANSITION_DOLLARS +
          lambda.gbSeconds * GB_SECOND_DOLLARS +
          lambda.invocations * INVOCATION_DOLLARS +
          files * GET_DOLLARS,
      };
    } finally {
      await cloud.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Client = ReturnType<typeof localClientOptions>;

async function land(client: Client, bucket: string, files: number): Promise<number> {
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  let bytes = 0;
  let next = 0;
  const lander = async () => {
    while (next < files) {
      const file = next++;
      const lines = Array.from({ length: ROWS }, (_, n) => {
        const id = file * ROWS + n;
        return `{"id":${id},"session":"${(id * 2_654_435_761).toString(36)}","page":"/products/${id % 997}","seen_at":"2026-01-05T${String(id % 24).padStart(2, '0')}:00:00Z"}\n`;
      });
      const Body = gzipSync(lines.join(''));
      bytes += Body.length;
      const Key = `clicks/2026/01/05/part-${String(file).padStart(6, '0')}.ndjson.gz`;
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
    }
  };
  await Promise.all(Array.from({ length: LANDERS }, lander));
  s3.destroy();
  return bytes;
}

async function runOnce(client: SFNClient, stateMachineArn: string) {
  const input = JSON.stringify({ interval: INTERVAL });
  const start = performance.now();
  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
  for (;;) {
    const { status, output, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (status === 'RUNNING') {
      await new Promise((wake) => setTimeout(wake, 100));
      continue;
    }
    if (status !== 'SUCCEEDED') throw new Error(`The run ended as ${status}: ${cause}`);
    const { rows } = JSON.parse(output!) as { rows: number };
    return { executionArn: executionArn!, seconds: (performance.now() - start) / 1000, rows };
  }
}

/** Each time that a state begins, and each retry of one. */
async function transitionsOf(client: SFNClient, executionArn: string) {
  const { mapRuns = [] } = await client.send(new ListMapRunsCommand({ executionArn }));
  const children: string[] = [];
  for (const { mapRunArn } of mapRuns) {
    let nextToken: string | undefined;
    do {
      const page = await client.send(new ListExecutionsCommand({ mapRunArn, maxResults: 1000, nextToken }));
      children.push(...(page.executions ?? []).map((one) => one.executionArn!));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  let transitions = 0;
  for (const arn of [executionArn, ...children]) transitions += await transitionsIn(client, arn);
  return { transitions, children: children.length };
}

async function transitionsIn(client: SFNClient, executionArn: string): Promise<number> {
  let entered = 0;
  let tasksEntered = 0;
  let tasksScheduled = 0;
  let nextToken: string | undefined;
  do {
    const page = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, nextToken }));
    for (const { type = '' } of page.events ?? []) {
      if (type.endsWith('StateEntered')) entered++;
      if (type === 'TaskStateEntered') tasksEntered++;
      if (type === 'TaskScheduled') tasksScheduled++;
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return entered + tasksScheduled - tasksEntered;
}

const LOGS = `/stepwell/${clickstream.name}/`;
const REPORT = /Billed Duration: (\d+) ms\tMemory Size: (\d+) MB/;

/** By what each invocation reports in its log. */
async function lambdaOf(client: Client) {
  const logs = new CloudWatchLogsClient(client);
  const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: LOGS }));
  const reports: { seconds: number; gb: number }[] = [];
  for (const { logGroupName } of logGroups) {
    let nextToken: string | undefined;
    do {
      const page = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: 'REPORT', nextToken }));
      for (const { message = '' } of page.events ?? []) {
        const [, ms, mb] = REPORT.exec(message) ?? [];
        if (ms !== undefined) reports.push({ seconds: Number(ms) / 1000, gb: Number(mb) / 1024 });
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  logs.destroy();
  return {
    invocations: reports.length,
    lambdaSeconds: reports.reduce((sum, { seconds }) => sum + seconds, 0),
    gbSeconds: reports.reduce((sum, { seconds, gb }) => sum + seconds * gb, 0),
  };
}
