import type { DescribeStreamCommandInput, DescribeStreamCommandOutput } from '@aws-sdk/client-kinesis';
import type { OperationOf } from '../stateful';
import { wireShard } from './shards';
import type { KinesisState } from './state';
import { arnOf, summaryOf } from './stream';

type Output = Omit<DescribeStreamCommandOutput, '$metadata'>;

const DEFAULT_LIMIT = 100;

export const DescribeStream: OperationOf<KinesisState, DescribeStreamCommandInput, Output> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:DescribeStream', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    const { OpenShardCount: _, ConsumerCount: __, MaxRecordSizeInKiB: ___, ...description } = summaryOf(stream);
    const after = stream.shards.filter(({ id }) => id > (input.ExclusiveStartShardId ?? ''));
    const shards = after.slice(0, input.Limit ?? DEFAULT_LIMIT);
    return {
      StreamDescription: {
        ...description,
        Shards: shards.map(wireShard),
        HasMoreShards: shards.length < after.length,
      },
    };
  },
});
