import type { GetRecordsCommandInput, GetRecordsCommandOutput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import { reportMetrics } from '../monitoring/report';
import type { OperationOf } from '../stateful';
import { iteratorAt, placeOf } from './iterator';
import { exceeded } from './put';
import { readShard } from './read';
import { wireShard } from './shards';
import { type KinesisState, shardKey } from './state';
import { encryptionOf, nameInArn, streamArn } from './stream';

type Output = Omit<GetRecordsCommandOutput, '$metadata'>;

const MOST = 10_000;
const MOST_BYTES = 10 * 1024 * 1024;

export const GetRecords: OperationOf<KinesisState, GetRecordsCommandInput, Output> = (state) => ({
  authorize: ({ ShardIterator, StreamARN }, { cloud }) => [
    {
      action: 'kinesis:GetRecords',
      resource: StreamARN ?? streamArn(cloud, placeOf(ShardIterator ?? '', 0).stream),
    },
  ],

  async handle({ ShardIterator = '', Limit = MOST, StreamARN }, { cloud }) {
    const now = cloud.clock.now();
    const place = placeOf(ShardIterator, now);
    const stream = state().stream({ StreamName: place.stream });
    if (place.createdAt !== stream.createdAt || (StreamARN !== undefined && nameInArn(StreamARN) !== stream.name))
      throw new AwsError('InvalidArgumentException', 'Invalid ShardIterator.');
    const shard = state().shard(stream, place.shard);
    if (Limit < 1 || Limit > MOST)
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value ${Limit < 1 ? 'greater than or equal to 1' : `less than or equal to ${MOST}`}`,
      );
    const key = shardKey(stream, shard);
    if (!state().throughput.read(key))
      throw new AwsError('ProvisionedThroughputExceededException', exceeded(cloud, stream, shard));
    const { records, next, ended, behindMs } = await readShard(state(), stream, shard, place.next, {
      max: Limit,
      maxBytes: MOST_BYTES,
    });
    const bytes = records.reduce((sum, { Data }) => sum + Data!.byteLength, 0);
    state().throughput.hasRead(key, bytes);
    reportMetrics(
      cloud,
      'AWS/Kinesis',
      { StreamName: stream.name },
      {
        'GetRecords.Records': records.length,
        'GetRecords.Bytes': bytes,
        'GetRecords.IteratorAgeMilliseconds': behindMs,
      },
    );
    const { EncryptionType } = encryptionOf(stream);
    const children = stream.shards.filter(({ parents }) => parents.includes(shard.id));
    return {
      Records: records.map((record) => (EncryptionType === 'NONE' ? record : { ...record, EncryptionType })),
      MillisBehindLatest: behindMs,
      ...(ended
        ? {
            ChildShards: children.map((child) => ({
              ShardId: child.id,
              ParentShards: [...child.parents],
              HashKeyRange: wireShard(child).HashKeyRange!,
            })),
          }
        : { NextShardIterator: iteratorAt(stream, shard.id, next, now) }),
    };
  },
});
