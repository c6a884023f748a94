/** A stream for a mapping: its shards side by side, children once all of their parents has been read. */
import type { Shard } from '@aws-sdk/client-kinesis';
import type { Principal } from '../../../service';
import { checkpointKey } from './checkpoints';
import { readShard, type ShardReading } from './shard-reader';

type StreamReading = Omit<ShardReading, 'shard'>;

/** How often shards that came by a split or a merge are looked for. */
const LOOK_MS = 5_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** Until the signal says so. Never rejects. */
export async function readStream(reading: StreamReading): Promise<void> {
  const { cloud, mapping, signal, checkpoints } = reading;
  const atWork = new Map<string, Promise<void>>();
  const hasEnded = (shard: string) => checkpoints.get(checkpointKey(mapping.uuid, shard))?.ended === true;
  let wake = () => {};
  const begin = (shard: string) => {
    const work = keepReading({ ...reading, shard }).finally(() => {
      atWork.delete(shard);
      wake();
    });
    atWork.set(shard, work);
  };
  while (!signal.aborted) {
    try {
      const shards = await shardsOf(reading);
      const known = new Set(shards.map(({ ShardId }) => ShardId!));
      for (const { ShardId, ParentShardId, AdjacentParentShardId } of shards) {
        const parents = [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined && known.has(id));
        const isReady = parents.every((parent) => hasEnded(parent!));
        if (isReady && !hasEnded(ShardId!) && !atWork.has(ShardId!)) begin(ShardId!);
      }
    } catch (error) {
      if (!signal.aborted)
        cloud.log(`${mapping.functionName} cannot read ${mapping.eventSourceArn}: ${(error as Error).message}`);
    }
    // A shard that ends makes room for its children.
    await new Promise<void>((resolve) => {
      wake = resolve;
      cloud.clock.sleep(LOOK_MS, signal).then(resolve, () => resolve());
    });
  }
  await Promise.all(atWork.values());
}

/** One shard, through whatever goes wrong. Never rejects. */
async function keepReading(reading: ShardReading): Promise<void> {
  const { cloud, mapping, shard, signal } = reading;
  let retryMs = FIRST_RETRY_MS;
  while (!signal.aborted) {
    try {
      await readShard(reading);
      return;
    } catch (error) {
      if (signal.aborted) return;
      cloud.log(`${mapping.functionName} reads ${shard} of ${mapping.eventSourceArn}: ${(error as Error).message}`);
      await cloud.clock.sleep(retryMs, signal).catch(() => undefined);
      retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
    }
  }
}

async function shardsOf({ cloud, mapping, specOf }: StreamReading): Promise<Shard[]> {
  const { roleArn, name } = await specOf();
  const principal: Principal = { kind: 'role', roleArn, sessionName: name };
  const shards: Shard[] = [];
  let NextToken: string | undefined;
  do {
    const page = (await cloud.call(
      principal,
      'kinesis',
      'ListShards',
      NextToken === undefined ? { StreamARN: mapping.eventSourceArn } : { NextToken },
    )) as { Shards?: Shard[]; NextToken?: string };
    shards.push(...(page.Shards ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return shards;
}
