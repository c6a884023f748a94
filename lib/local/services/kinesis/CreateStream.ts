import type { CreateStreamCommandInput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { evenShards } from './shards';
import type { KinesisState } from './state';
import { arnOf, streamArn } from './stream';
import { assertTags } from './tags';

const DEFAULT_RETENTION_HOURS = 24;
const DEFAULT_RECORD_KIB = 1024;
/** An on-demand stream begins with so many. */
const ON_DEMAND_SHARDS = 4;

export const CreateStream: OperationOf<KinesisState, CreateStreamCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [
    { action: 'kinesis:CreateStream', resource: arnOf(input, cloud) },
    ...(input.Tags ? [{ action: 'kinesis:TagResource', resource: arnOf(input, cloud) }] : []),
  ],

  async handle({ StreamName, ShardCount, StreamModeDetails, Tags = {}, MaxRecordSizeInKiB }, { cloud }) {
    const name = StreamName ?? '';
    if (!/^[a-zA-Z0-9_.-]{1,128}$/.test(name))
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${name}' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`,
      );
    const mode = StreamModeDetails?.StreamMode ?? 'PROVISIONED';
    if (mode === 'PROVISIONED' && ShardCount === undefined)
      throw new AwsError('ValidationException', 'ShardCount must be specified when creating a PROVISIONED stream.');
    if (mode === 'ON_DEMAND' && ShardCount !== undefined)
      throw new AwsError('ValidationException', 'ShardCount must not be specified when creating an ON_DEMAND stream.');
    assertTags({}, Tags);
    if (state().find(name) !== undefined)
      throw new AwsError('ResourceInUseException', `Stream ${name} under account ${cloud.account} already exists.`);
    const now = cloud.clock.now();
    await state().put({
      name,
      arn: streamArn(cloud, name),
      mode,
      createdAt: now,
      retentionHours: DEFAULT_RETENTION_HOURS,
      maxRecordKiB: MaxRecordSizeInKiB ?? DEFAULT_RECORD_KIB,
      shards: evenShards(ShardCount ?? ON_DEMAND_SHARDS, now),
      tags: Tags,
      shardMetrics: [],
    });
    return {};
  },
});
