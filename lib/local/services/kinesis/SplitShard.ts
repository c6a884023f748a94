import type { SplitShardCommandInput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { split } from './reshard';
import { assertOpen, assertProvisioned, nowOf } from './reshardable';
import { holds, isHash } from './shards';
import type { KinesisState } from './state';
import { arnOf } from './stream';

export const SplitShard: OperationOf<KinesisState, SplitShardCommandInput, object> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:SplitShard', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    assertProvisioned(stream, 'SplitShard');
    const shard = state().shard(stream, input.ShardToSplit ?? '');
    assertOpen(stream, shard);
    const at = input.NewStartingHashKey ?? '';
    const isInside = isHash(at) && holds(shard, BigInt(at)) && BigInt(at) > BigInt(shard.from) + 1n;
    if (!isInside || BigInt(at) >= BigInt(shard.to))
      throw new AwsError(
        'InvalidArgumentException',
        `NewStartingHashKey ${at} used in SplitShard() on shard ${shard.id} in stream ${stream.name} under account ${state().cloud.account} is not both greater than one plus the shard's StartingHashKey ${shard.from} and less than the shard's EndingHashKey ${shard.to}.`,
      );
    await state().put({ ...stream, shards: split(stream.shards, shard.id, BigInt(at), nowOf(state(), stream)) });
    return {};
  },
});
