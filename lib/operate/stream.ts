/** How a pipeline's stream does: whether its records are taken, how late, how fast, how warm each shard is, and what is staged. */
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { DescribeStreamSummaryCommand, KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { hourFolder, stagedPrefix } from '../tasks/stream';
import { type Connection, type Deployed, type DeployedPipeline, type DeployedStream, s3Of } from './connection';
import { prefixOf } from './environment';
import { type Waiting, waitingOf } from './gathering';
import { givenUpIn } from './given-up';
import { mappingOf } from './stream-mapping';

export interface StreamState {
  readonly pipeline: string;
  readonly stream: string;
  /** ACTIVE, CREATING, UPDATING, DELETING */
  readonly status: string;
  readonly retentionHours: number;
  readonly mapping: {
    /** Enabled, Disabled, or on the way to one of them */
    readonly state: string;
    /** what its last invocation came to */
    readonly lastResult?: string;
    readonly batchSize: number;
    readonly parallel: number;
  };
  /** of the record that has waited longest, in the last minute that was measured; absent: nothing was read lately */
  readonly iteratorAgeMs?: number;
  /** of records that wait for too long; absent where somebody has deleted it */
  readonly lateAlarm?: { readonly aboveMs: number; readonly state: string };
  /** over the last minutes */
  readonly put: Rate;
  readonly refusedPuts: number;
  readonly refusedReads: number;
  /** open ones, and those that had records in the last minutes */
  readonly shards: readonly ShardHeat[];
  /** messages of the on-failure queue */
  readonly givenUp: number;
  readonly lastStaged?: { readonly key: string; readonly at: string; readonly bytes: number };
  /** batches that the next publication takes */
  readonly waiting?: Waiting;
}

export interface Rate {
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
}

export interface ShardHeat extends Rate {
  readonly shard: string;
  readonly isOpen: boolean;
  /** of what a shard takes, 1 MiB or 1,000 records a second: 0 to 1 */
  readonly heat: number;
}

/** Of what a shard takes, in its warmest minute: from then on it may refuse. */
export const HOT = 0.8;

/** Metrics are a minute or two late. */
export const MEASURED_MINUTES = 5;
const PERIOD_SECONDS = 60;
/** What one shard takes a second. */
const SHARD_BYTES = 1024 * 1024;
const SHARD_RECORDS = 1000;

export async function streamState(
  connection: Connection,
  stacks: Deployed,
  at: DeployedPipeline & { readonly stream: DeployedStream },
  now = new Date(),
): Promise<StreamState> {
  const { client } = connection;
  const { stream } = at;
  const kinesis = new KinesisClient(client);
  const [{ StreamDescriptionSummary: summary }, shards, mapping, givenUp, lastStaged, [waiting], lateAlarm] =
    await Promise.all([
      kinesis.send(new DescribeStreamSummaryCommand({ StreamName: stream.name })),
      shardsOf(kinesis, stream.name),
      mappingOf(client, stream),
      givenUpIn(connection, stream),
      lastStagedOf(connection, at, now),
      waitingOf(connection, stacks, at.name),
      lateAlarmOf(connection, at.name),
    ]);
  const measured = await metricsOf(connection, stream.name, mapping.FunctionArn!.split(':function:')[1]!, shards, now);
  return {
    pipeline: at.name,
    stream: stream.name,
    status: summary!.StreamStatus!,
    retentionHours: summary!.RetentionPeriodHours!,
    mapping: {
      state: mapping.State!,
      ...(mapping.LastProcessingResult ? { lastResult: mapping.LastProcessingResult } : {}),
      batchSize: mapping.BatchSize!,
      parallel: mapping.ParallelizationFactor ?? 1,
    },
    ...measured,
    ...(lateAlarm ? { lateAlarm } : {}),
    givenUp,
    ...(lastStaged ? { lastStaged } : {}),
    ...(waiting ? { waiting } : {}),
  };
}

async function lateAlarmOf(
  { client, environment }: Connection,
  pipeline: string,
): Promise<StreamState['lateAlarm'] | undefined> {
  const { MetricAlarms: [alarm] = [] } = await new CloudWatchClient(client).send(
    new DescribeAlarmsCommand({ AlarmNames: [`${prefixOf(environment)}-${pipeline}-stream-late`] }),
  );
  return alarm && { aboveMs: alarm.Threshold!, state: alarm.StateValue! };
}

interface OneShard {
  readonly id: string;
  readonly isOpen: boolean;
}

async function shardsOf(client: KinesisClient, StreamName: string): Promise<OneShard[]> {
  const found: OneShard[] = [];
  let NextToken: string | undefined;
  do {
    // What comes after a page is asked for by its token alone.
    const page = await client.send(new ListShardsCommand(NextToken === undefined ? { StreamName } : { NextToken }));
    for (const { ShardId, SequenceNumberRange } of page.Shards ?? [])
      found.push({ id: ShardId!, isOpen: SequenceNumberRange?.EndingSequenceNumber === undefined });
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

/** What the function is given, once more at each try; and what is read for it, which tells also that nothing waits. */
const AGES = ['IteratorAge', 'GetRecords.IteratorAgeMilliseconds'] as const;

interface Wanted {
  readonly metric: string;
  readonly stat: 'Sum' | 'Maximum';
  /** of a shard */
  readonly id?: string;
}

/** Of one answer of CloudWatch. */
const MOST_QUERIES = 500;

async function metricsOf(
  { client }: Connection,
  name: string,
  consume: string,
  shards: readonly OneShard[],
  now: Date,
) {
  // Closed ones that are read still stand there while their records are kept; their metrics end.
  const asked = shards.filter(({ isOpen }) => isOpen).concat(shards.filter(({ isOpen }) => !isOpen));
  const ofStream = [
    'IncomingRecords',
    'IncomingBytes',
    'WriteProvisionedThroughputExceeded',
    'ReadProvisionedThroughputExceeded',
  ];
  const wanted: Wanted[] = [
    ...ofStream.map((metric): Wanted => ({ metric, stat: 'Sum' })),
    ...AGES.map((metric): Wanted => ({ metric, stat: 'Maximum' })),
    ...asked.flatMap(({ id }) =>
      ['IncomingRecords', 'IncomingBytes'].map((metric): Wanted => ({ metric, stat: 'Sum', id })),
    ),
  ].slice(0, MOST_QUERIES);
  const queries = wanted.map(
    (one, index): MetricDataQuery => ({
      Id: `m${index}`,
      MetricStat: {
        Metric: {
          ...(one.metric === 'IteratorAge'
            ? { Namespace: 'AWS/Lambda', Dimensions: [{ Name: 'FunctionName', Value: consume }] }
            : {
                Namespace: 'AWS/Kinesis',
                Dimensions: [
                  { Name: 'StreamName', Value: name },
                  ...(one.id === undefined ? [] : [{ Name: 'ShardId', Value: one.id }]),
                ],
              }),
          MetricName: one.metric,
        },
        Period: PERIOD_SECONDS,
        Stat: one.stat,
      },
    }),
  );
  const { MetricDataResults = [] } = await new CloudWatchClient(client).send(
    new GetMetricDataCommand({
      MetricDataQueries: queries,
      StartTime: new Date(now.getTime() - MEASURED_MINUTES * 60_000),
      EndTime: now,
      ScanBy: 'TimestampDescending',
    }),
  );
  const resultOf = (metric: string, id?: string): MetricDataResult | undefined => {
    const index = wanted.findIndex((one) => one.metric === metric && one.id === id);
    return MetricDataResults.find(({ Id }) => Id === `m${index}`);
  };
  const valuesOf = (metric: string, id?: string): readonly number[] => resultOf(metric, id)?.Values ?? [];
  const sum = (metric: string, id?: string) => valuesOf(metric, id).reduce((all, value) => all + value, 0);
  const rate = (id?: string): Rate => ({
    recordsPerSecond: sum('IncomingRecords', id) / (MEASURED_MINUTES * 60),
    bytesPerSecond: sum('IncomingBytes', id) / (MEASURED_MINUTES * 60),
  });
  const [iteratorAgeMs] = AGES.flatMap((metric) => {
    const { Values: [age] = [], Timestamps: [at] = [] } = resultOf(metric) ?? {};
    return age === undefined ? [] : [{ age, at: at!.getTime() }];
  })
    .sort((one, other) => other.at - one.at || other.age - one.age)
    .map(({ age }) => age);
  return {
    ...(iteratorAgeMs === undefined ? {} : { iteratorAgeMs }),
    put: rate(),
    refusedPuts: sum('WriteProvisionedThroughputExceeded'),
    refusedReads: sum('ReadProvisionedThroughputExceeded'),
    shards: asked
      .map(({ id, isOpen }): ShardHeat => {
        // The warmest minute: over all of them a short rush would not be seen.
        const most = (metric: string) => Math.max(0, ...valuesOf(metric, id)) / PERIOD_SECONDS;
        const heat = Math.max(most('IncomingRecords') / SHARD_RECORDS, most('IncomingBytes') / SHARD_BYTES);
        return { shard: id, isOpen, ...rate(id), heat };
      })
      .filter(({ isOpen, recordsPerSecond }) => isOpen || recordsPerSecond > 0),
  };
}

const HOUR_MS = 3_600_000;
const HOURS_LOOKED_AT = 24;

/** The newest file of the last hour that has any. */
async function lastStagedOf(
  connection: Connection,
  { name, landingBucket }: DeployedPipeline,
  now: Date,
): Promise<StreamState['lastStaged']> {
  const client = s3Of(connection);
  for (let back = 0; back < HOURS_LOOKED_AT; back++) {
    const Prefix = stagedPrefix(name) + hourFolder(now.getTime() - back * HOUR_MS);
    let newest: StreamState['lastStaged'];
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: landingBucket, Prefix })) {
      for (const { Key, LastModified, Size = 0 } of Contents) {
        const at = LastModified!.toISOString();
        if (newest === undefined || at > newest.at) newest = { key: Key!, at, bytes: Size };
      }
    }
    if (newest) return newest;
  }
  return undefined;
}
