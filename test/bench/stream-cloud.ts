/** From Kinesis to DynamoDB through the local cloud, with the pipeline `users` as it is deployed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { marshall } from '@aws-sdk/util-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { makePiiKey } from '../../lib/cli/pii-keys';
import { synthesize } from '../../lib/cli/synth';
import { localClientOptions } from '../../lib/operate/local';
import { randomUsers } from '../../lib/samples/randomuser/users';
import { Functions } from './functions';
import { type Server, startServer } from './processes';

export interface StreamRun {
  readonly records: number;
  /** From the first PutRecords until the function has written all. */
  readonly recordsPerSecond: number;
  /** of a program that only puts the same records into a table of the same cloud, each by itself, 32 at a time */
  readonly barePerSecond: number;
  /** microseconds of processor time for each record */
  readonly cloudUs: number;
  readonly functionUs: number;
  /** resident memory by the end: of the local cloud, and of the largest of the function's processes */
  readonly cloudPeakMb: number;
  readonly functionPeakMb: number;
}

/** From a record's arrival in Kinesis to its item in DynamoDB. */
export interface StreamLatency {
  /** seconds for which the mapping waits for a batch to fill */
  readonly window: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const STREAM = 'users';
/** in its function's name */
const CONSUMER = 'Consume';
const PER_CALL = 250;
const LOOK_MS = 250;
/** Its functions are started, their code is hot. */
const WARMING_RECORDS = 1_000;
const PACED_SECONDS = 15;
const TICK_MS = 100;
const MOST_BARE = 5_000;
const BARE_AT_ONCE = 32;
const MINUTE_MS = 60_000;
/** One period has it all. */
const DAY_SECONDS = 86_400;

export async function measureStreamCloud(
  sizes: readonly number[],
): Promise<{ readonly runs: readonly StreamRun[]; readonly latencies: readonly StreamLatency[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'stepwell-bench-stream-'));
  const assembly = join(folder, 'cdk.out');
  let cloud: Server | undefined;
  try {
    await synthesize(assembly);
    cloud = await startServer(
      resolve('test/bench/cloud-process.ts'),
      [assembly, join(folder, 'state')],
      ['--max-semi-space-size=4'],
    );
    await makePiiKey(new SecretsManagerClient(localClientOptions(cloud.endpoint)), 'users-pii');
    const feed = new Feed(cloud.endpoint);
    await feed.put(WARMING_RECORDS);
    await feed.written();
    const runs: StreamRun[] = [];
    for (const records of sizes) runs.push(await measureRun(cloud, feed, records));
    const perSecond = Math.ceil(Math.min(...runs.map(({ recordsPerSecond }) => recordsPerSecond)) / 4);
    const latencies: StreamLatency[] = [];
    for (const window of [1, 0]) {
      await feed.setWindow(window);
      // Metrics are kept by the minute: what came before is in none of these.
      await pause(MINUTE_MS - (Date.now() % MINUTE_MS));
      const from = new Date();
      await feed.putEvenly(perSecond, PACED_SECONDS);
      await feed.written();
      const [p50Ms, p99Ms] = await feed.latency(from);
      latencies.push({ window, perSecond, p50Ms, p99Ms });
    }
    feed.close();
    return { runs, latencies };
  } finally {
    await cloud?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureRun(cloud: Server, feed: Feed, records: number): Promise<StreamRun> {
  const barePerSecond = await feed.bare(Math.min(records, MOST_BARE));
  const functions = new Functions(cloud.pid, CONSUMER);
  const before = { cloud: cloud.cpuMs(), function: functions.cpuMs() };
  const start = performance.now();
  await feed.put(records);
  await feed.written();
  const seconds = (performance.now() - start) / 1000;
  functions.stop();
  return {
    records,
    recordsPerSecond: records / seconds,
    barePerSecond,
    cloudUs: ((cloud.cpuMs() - before.cloud) * 1000) / records,
    functionUs: ((functions.cpuMs() - before.function) * 1000) / records,
    cloudPeakMb: cloud.memory().peakMb,
    functionPeakMb: functions.peakMb,
  };
}

class Feed {
  private readonly kinesis: KinesisClient;
  private readonly cloudWatch: CloudWatchClient;
  private readonly dynamoDb: DynamoDBClient;
  private readonly lambda: LambdaClient;
  private readonly began = new Date(Date.now() - 60_000);
  private page = 1;
  private tables = 0;
  private sent = 0;

  constructor(endpoint: string) {
    const options = localClientOptions(endpoint);
    // Over HTTP/2 the SDK opens a session for each request.
    this.kinesis = new KinesisClient({ ...options, requestHandler: new NodeHttpHandler() });
    this.cloudWatch = new CloudWatchClient(options);
    this.dynamoDb = new DynamoDBClient({ ...options, cacheMiddleware: true });
    this.lambda = new LambdaClient(options);
  }

  async put(records: number): Promise<void> {
    for (let left = records; left > 0; left -= PER_CALL) await this.putSome(Math.min(left, PER_CALL));
  }

  async putEvenly(perSecond: number, seconds: number): Promise<void> {
    const start = performance.now();
    const ticks = (seconds * 1000) / TICK_MS;
    for (let tick = 1, put = 0; tick <= ticks; tick++) {
      const due = Math.round((perSecond * tick * TICK_MS) / 1000);
      await this.put(due - put);
      put = due;
      await pause(Math.max(0, start + tick * TICK_MS - performance.now()));
    }
  }

  /** Records a second. */
  async bare(records: number): Promise<number> {
    const table = `bare-${this.tables++}`;
    await this.dynamoDb.send(
      new CreateTableCommand({
        TableName: table,
        AttributeDefinitions: [{ AttributeName: 'user_id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'user_id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    const users = randomUsers({ seed: 'bare', page: 1, results: records, nationalities: [], now: Date.now() });
    const start = performance.now();
    let next = 0;
    const worker = async () => {
      for (let user = users[next++]; user !== undefined; user = users[next++]) {
        const Item = { user_id: { S: user.login.uuid }, ...marshall(user, { removeUndefinedValues: true }) };
        await this.dynamoDb.send(new PutItemCommand({ TableName: table, Item }));
      }
    };
    await Promise.all(Array.from({ length: BARE_AT_ONCE }, worker));
    const perSecond = records / ((performance.now() - start) / 1000);
    await this.dynamoDb.send(new DeleteTableCommand({ TableName: table }));
    return perSecond;
  }

  async setWindow(seconds: number): Promise<void> {
    const { EventSourceMappings = [] } = await this.lambda.send(new ListEventSourceMappingsCommand({}));
    const { UUID } = EventSourceMappings.find(({ EventSourceArn }) => EventSourceArn?.endsWith(`:stream/${STREAM}`))!;
    await this.lambda.send(new UpdateEventSourceMappingCommand({ UUID, MaximumBatchingWindowInSeconds: seconds }));
    for (;;) {
      const { State } = await this.lambda.send(new GetEventSourceMappingCommand({ UUID }));
      if (State === 'Enabled') return;
      await pause(LOOK_MS);
    }
  }

  /** Until the function has told of all that was put. */
  async written(): Promise<void> {
    while ((await this.statistic('RecordsConsumed', 'Sum', this.began, DAY_SECONDS)) < this.sent) await pause(LOOK_MS);
  }

  async latency(from: Date): Promise<[number, number]> {
    const [p50, p99] = await Promise.all(
      ['p50', 'p99'].map((percentile) => this.statistic('ConsumeLatency', percentile, from, MINUTE_MS / 1000)),
    );
    return [p50!, p99!];
  }

  close(): void {
    this.kinesis.destroy();
    this.cloudWatch.destroy();
    this.dynamoDb.destroy();
    this.lambda.destroy();
  }

  private async putSome(results: number): Promise<void> {
    const now = Date.now();
    const users = randomUsers({ seed: 'bench', page: this.page++, results, nationalities: [], now });
    let rest = users.map((body): PutRecordsRequestEntry => {
      const record = { received_at: new Date(now).toISOString(), body };
      return { PartitionKey: body.login.uuid, Data: Buffer.from(JSON.stringify(record)) };
    });
    while (rest.length > 0) {
      const { Records = [] } = await this.kinesis.send(new PutRecordsCommand({ StreamName: STREAM, Records: rest }));
      // A shard takes a thousand records a second, here as there.
      rest = rest.filter((_, index) => Records[index]?.ErrorCode !== undefined);
      if (rest.length > 0) await pause(LOOK_MS);
    }
    this.sent += results;
  }

  private async statistic(name: string, Stat: string, from: Date, Period: number): Promise<number> {
    const query: MetricDataQuery = {
      Id: 'one',
      MetricStat: {
        Metric: { Namespace: 'Stepwell', MetricName: name, Dimensions: [{ Name: 'pipeline', Value: 'users' }] },
        Period,
        Stat,
      },
    };
    const { MetricDataResults = [] } = await this.cloudWatch.send(
      new GetMetricDataCommand({ StartTime: from, EndTime: new Date(Date.now() + 60_000), MetricDataQueries: [query] }),
    );
    const values = MetricDataResults[0]?.Values ?? [];
    return Stat === 'Sum' ? values.reduce((sum, value) => sum + value, 0) : (values.at(-1) ?? Number.NaN);
  }
}

const pause = (ms: number) => new Promise<void>((wake) => setTimeout(wake, ms));
