/** What resharding asks of a stream and its shards. */
import { AwsError } from '../../service';
import { isOpen, type Shard } from './shards';
import type { KinesisState } from './state';
import type { StreamRecord } from './stream';

export function assertProvisioned({ mode, name }: StreamRecord, operation: string): void {
  if (mode === 'ON_DEMAND')
    throw new AwsError('ValidationException', `${operation} is not supported for ON_DEMAND streams: ${name}.`);
}

export function assertOpen(stream: StreamRecord, shard: Shard): void {
  if (!isOpen(shard))
    throw new AwsError(
      'InvalidArgumentException',
      `Shard ${shard.id} in stream ${stream.name} has already been merged or split, and thus is not eligible for merging or splitting.`,
    );
}

/** Records that are on their way to the disk count: they were taken before the shard closes. */
export const nowOf = (state: KinesisState, stream: StreamRecord) => ({
  at: state.cloud.clock.now(),
  recordsOf: (id: string) => {
    const shard = stream.shards.find((one) => one.id === id);
    return shard === undefined ? 0 : state.log(stream, shard).promised - 1;
  },
});
