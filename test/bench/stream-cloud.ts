/** From Kinesis to DynamoDB through the local cloud, with the pipeline `users` as it is deployed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { makePiiKey } from '../../lib/cli/pii-keys';
import { synthesize } from '../../lib/cli/synth';
import { localClientOptions } from '../../lib/operate/local';
import { randomUsers } from '../../lib/samples/randomuser/users';
import { type Server, startServer } from './processes';

export interface StreamRun {
  readonly records: number;
  /** From the first PutRecords until the function has written all. */
  readonly recordsPerSecond: number;
  /** From a record's arrival in Kinesis to its item in DynamoDB, while records come at a quarter of that rate. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the local cloud's process, by the end. */
  readonly cloudPeakMb: number;
}

const STREAM = 'users';
const PER_CALL = 250;
const LOOK_MS = 250;
/** Its functions are started, their code is hot. */
const WARMING_RECORDS = 1_000;
const PACED_SECONDS = 20;
const MINUTE_MS = 60_000;
/** One period has it all. */
const DAY_SECONDS = 86_400;

export async function measureStreamCloud(sizes: readonly number[]): Promise<StreamRun[]> {
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
    for (const records of sizes) {
      const start = performance.now();
      await feed.put(records);
      await feed.written();
      const recordsPerSecond = records / ((performance.now() - start) / 1000);
      // Metrics are kept by the minute: what came before is in none of these.
      await pause(MINUTE_MS - (Date.now() % MINUTE_MS));
      const from = new Date();
      await feed.putEvenly(Math.ceil(recordsPerSecond / 4), PACED_SECONDS);
      await feed.written();
      const [p50Ms, p99Ms] = await feed.latency(from);
      runs.push({ records, recordsPerSecond, p50Ms, p99Ms, cloudPeakMb: cloud.memory().peakMb });
    }
    feed.close();
    return runs;
  } finally {
    await cloud?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Feed {
  private readonly kinesis: KinesisClient;
  private readonly cloudWatch: CloudWatchClient;
  private readonly began = new Date(Date.now() - 60_000);
  private page = 1;
  private sent = 0;

  constructor(endpoint: string) {
    const options = localClientOptions(endpoint);
    // Over HTTP/2 the SDK opens a session for each request.
    this.kinesis = new KinesisClient({ ...options, requestHandler: new NodeHttpHandler() });
    this.cloudWatch = new CloudWatchClient(options);
  }

  async put(records: number): Promise<void> {
    for (let left = records; left > 0; left -= PER_CALL) await this.putSome(Math.min(left, PER_CALL));
  }

  async putEvenly(perSecond: number, seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      const next = performance.now() + 1000;
      await this.put(perSecond);
      await pause(Math.max(0, next - performance.now()));
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
