import type { MergeShardsCommandInput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { isAdjacent, merge } from './reshard';
import { assertOpen, assertProvisioned, nowOf } from './reshardable';
import type { KinesisState } from './state';
import { arnOf } from './stream';

export const MergeShards: OperationOf<KinesisState, MergeShardsCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:MergeShards', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    assertProvisioned(stream, 'MergeShards');
    const shard = state().shard(stream, input.ShardToMerge ?? '');
    const adjacent = state().shard(stream, input.AdjacentShardToMerge ?? '');
    assertOpen(stream, shard);
    assertOpen(stream, adjacent);
    if (!isAdjacent(shard, adjacent))
      throw new AwsError(
        'InvalidArgumentException',
        `Shards ${shard.id} and ${adjacent.id} in stream ${stream.name} under account ${state().cloud.account} are not an adjacent pair of shards eligible for merging`,
      );
    await state().put({
      ...stream,
      shards: merge(stream.shards, [shard.id, adjacent.id], nowOf(state(), stream)),
    });
    return {};
  },
});
