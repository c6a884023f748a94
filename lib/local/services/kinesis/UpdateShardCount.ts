import type { UpdateShardCountCommandInput, UpdateShardCountCommandOutput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { scale } from './reshard';
import { assertProvisioned, nowOf } from './reshardable';
import { isOpen } from './shards';
import type { KinesisState } from './state';
import { arnOf } from './stream';

type Output = Omit<UpdateShardCountCommandOutput, '$metadata'>;

export const UpdateShardCount: OperationOf<KinesisState, UpdateShardCountCommandInput, Output> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:UpdateShardCount', resource: arnOf(input, cloud) }],

  async handle(input) {
    const stream = state().stream(input);
    assertProvisioned(stream, 'UpdateShardCount');
    const current = stream.shards.filter(isOpen).length;
    const target = input.TargetShardCount ?? 0;
    if (target < 1)
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${target}' at 'targetShardCount' failed to satisfy constraint: Member must have value greater than or equal to 1`,
      );
    if (target > 2 * current || target < current / 2)
      throw new AwsError(
        'InvalidArgumentException',
        `UpdateShardCount cannot scale ${target > current ? 'up over double' : 'down below half'} your current open shard count. Current open shard count: ${current} Target shard count: ${target}`,
      );
    await state().put({ ...stream, shards: scale(stream.shards, target, nowOf(state(), stream)) });
    return {
      StreamName: stream.name,
      StreamARN: stream.arn,
      CurrentShardCount: current,
      TargetShardCount: target,
    };
  },
});
