import type { GetShardIteratorCommandInput, GetShardIteratorCommandOutput } from '@aws-sdk/client-kinesis';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { iteratorAt } from './iterator';
import { numberOf, type Shard, shardOfSequence } from './shards';
import type { KinesisState } from './state';
import { arnOf, type StreamRecord } from './stream';

type Output = Omit<GetShardIteratorCommandOutput, '$metadata'>;

export const GetShardIterator: OperationOf<KinesisState, GetShardIteratorCommandInput, Output> = (state) => ({
  authorize: (input, { cloud }) => [{ action: 'kinesis:GetShardIterator', resource: arnOf(input, cloud) }],

  async handle(input, { cloud }) {
    const stream = state().stream(input);
    const shard = state().shard(stream, input.ShardId ?? '');
    const next = await firstOf(state(), stream, shard, input);
    return { ShardIterator: iteratorAt(stream, shard.id, next, cloud.clock.now()) };
  },
});

/** The number of the record to begin with. */
async function firstOf(
  state: KinesisState,
  stream: StreamRecord,
  shard: Shard,
  { ShardIteratorType, StartingSequenceNumber, Timestamp }: GetShardIteratorCommandInput,
): Promise<number> {
  const log = state.log(stream, shard);
  switch (ShardIteratorType) {
    case 'TRIM_HORIZON':
      return 1;
    case 'LATEST':
      return log.next;
    case 'AT_SEQUENCE_NUMBER':
      return numberIn(stream, shard, StartingSequenceNumber, ShardIteratorType);
    case 'AFTER_SEQUENCE_NUMBER':
      return numberIn(stream, shard, StartingSequenceNumber, ShardIteratorType) + 1;
    case 'AT_TIMESTAMP':
      if (Timestamp === undefined)
        throw new AwsError(
          'InvalidArgumentException',
          'Must specify timestamp parameter for iterator type AT_TIMESTAMP.',
        );
      if (Timestamp.getTime() > state.cloud.clock.now())
        throw new AwsError(
          'InvalidArgumentException',
          `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${Timestamp.getTime()}, currentTimestampInMillis: ${state.cloud.clock.now()}`,
        );
      return log.firstAt(Timestamp.getTime());
    default:
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${ShardIteratorType}' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]`,
      );
  }
}

function numberIn(stream: StreamRecord, shard: Shard, sequence: string | undefined, type: string): number {
  if (sequence === undefined)
    throw new AwsError(
      'InvalidArgumentException',
      `Must specify startingSequenceNumber parameter for iterator type ${type}.`,
    );
  const number = numberOf(shard, sequence);
  if (number !== undefined) return number;
  const other = shardOfSequence(sequence);
  throw new AwsError(
    'InvalidArgumentException',
    other === undefined || other === shard.id
      ? `StartingSequenceNumber ${sequence} used in GetShardIterator on shard ${shard.id} in stream ${stream.name} is invalid because it did not come from this stream.`
      : `Invalid StartingSequenceNumber. It encodes ${other}, while it was used in a call to a shard with ${shard.id}`,
  );
}
