/** A stream as it is kept, how callers name one, and how it is described. */
import type {
  EncryptionType,
  EnhancedMetrics,
  MetricsName,
  StreamDescriptionSummary,
  StreamMode,
} from '@aws-sdk/client-kinesis';
import { AwsError, type CloudContext } from '../../service';
import { isOpen, type Shard } from './shards';

export interface StreamRecord {
  readonly name: string;
  readonly arn: string;
  readonly mode: StreamMode;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  readonly retentionHours: number;
  readonly maxRecordKiB: number;
  readonly shards: readonly Shard[];
  readonly tags: Readonly<Record<string, string>>;
  /** metrics of single shards */
  readonly shardMetrics: readonly MetricsName[];
  readonly encryption?: { readonly type: EncryptionType; readonly keyId: string };
  readonly policy?: string;
}

export const streamArn = ({ region, account }: Pick<CloudContext, 'region' | 'account'>, name: string): string =>
  `arn:aws:kinesis:${region}:${account}:stream/${name}`;

/** Members by which most operations name a stream. */
export interface Named {
  readonly StreamName?: string | undefined;
  readonly StreamARN?: string | undefined;
  readonly ResourceARN?: string | undefined;
}

export const nameInArn = (arn: string): string | undefined => /:stream\/([^/:]+)/.exec(arn)?.[1];

/** @throws {AwsError} where neither says which, or both say different ones */
export function streamNameOf({ StreamName, StreamARN, ResourceARN }: Named): string {
  const arn = StreamARN ?? ResourceARN;
  const inArn = arn === undefined ? undefined : nameInArn(arn);
  if (arn !== undefined && inArn === undefined)
    throw new AwsError('InvalidArgumentException', `Invalid StreamARN: ${arn}.`);
  if (StreamName !== undefined && inArn !== undefined && StreamName !== inArn)
    throw new AwsError('InvalidArgumentException', `StreamARN ${arn} and StreamName ${StreamName} do not match.`);
  const name = StreamName ?? inArn;
  if (name === undefined)
    throw new AwsError('InvalidArgumentException', 'Either StreamName or StreamARN should be provided.');
  return name;
}

/** For IAM: what is not to be understood is refused by the operation itself, in its own words. */
export const arnOf = (input: Named, cloud: CloudContext): string =>
  input.StreamARN ?? input.ResourceARN ?? streamArn(cloud, input.StreamName ?? '*');

export const enhancedMonitoring = ({ shardMetrics }: StreamRecord): EnhancedMetrics[] => [
  { ShardLevelMetrics: [...shardMetrics] },
];

export const encryptionOf = ({ encryption }: StreamRecord): { EncryptionType: EncryptionType; KeyId?: string } =>
  encryption === undefined ? { EncryptionType: 'NONE' } : { EncryptionType: encryption.type, KeyId: encryption.keyId };

export const summaryOf = (stream: StreamRecord): StreamDescriptionSummary => ({
  StreamName: stream.name,
  StreamARN: stream.arn,
  StreamStatus: 'ACTIVE',
  StreamModeDetails: { StreamMode: stream.mode },
  RetentionPeriodHours: stream.retentionHours,
  StreamCreationTimestamp: new Date(stream.createdAt),
  EnhancedMonitoring: enhancedMonitoring(stream),
  ...encryptionOf(stream),
  OpenShardCount: stream.shards.filter(isOpen).length,
  ConsumerCount: 0,
  MaxRecordSizeInKiB: stream.maxRecordKiB,
});
