/** Metrics of single shards that a stream is asked to have. */
import type { MetricsName } from '@aws-sdk/client-kinesis';
import type { StreamRecord } from './stream';

const ALL: readonly MetricsName[] = [
  'IncomingBytes',
  'IncomingRecords',
  'OutgoingBytes',
  'OutgoingRecords',
  'WriteProvisionedThroughputExceeded',
  'ReadProvisionedThroughputExceeded',
  'IteratorAgeMilliseconds',
];

export const namedMetrics = (names: readonly MetricsName[] = []): readonly MetricsName[] =>
  names.includes('ALL') ? ALL : names;

export const changedMetrics = (stream: StreamRecord, desired: readonly MetricsName[]) => ({
  StreamName: stream.name,
  StreamARN: stream.arn,
  CurrentShardLevelMetrics: [...stream.shardMetrics],
  DesiredShardLevelMetrics: [...desired],
});
