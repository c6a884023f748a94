/** Records into shards: by the hash of their partition key, within what a shard takes. */
import { AwsError } from '../../service';
import { reportMetrics } from '../monitoring/report';
import { hashOf, holds, isHash, isOpen, type Shard, sequenceNumber } from './shards';
import { type KinesisState, shardKey } from './state';
import type { StreamRecord } from './stream';

export interface Entry {
  readonly Data?: Uint8Array | undefined;
  readonly PartitionKey?: string | undefined;
  readonly ExplicitHashKey?: string | undefined;
}

export interface Placed {
  readonly shard: Shard;
  /** absent: the shard takes no more for now */
  readonly sequence?: string;
}

const KIB = 1024;

export const sizeOf = ({ Data, PartitionKey }: Entry): number =>
  (Data?.byteLength ?? 0) + Buffer.byteLength(PartitionKey ?? '');

/** @throws {AwsError} for an entry that no shard may take: nothing has been written then */
export function assertEntry(stream: StreamRecord, entry: Entry, at = ''): void {
  const { PartitionKey = '', ExplicitHashKey } = entry;
  if (PartitionKey.length === 0 || PartitionKey.length > 256) {
    const rule =
      PartitionKey.length === 0
        ? 'Member must have length greater than or equal to 1'
        : 'Member must have length less than or equal to 256';
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${PartitionKey}' at '${at}partitionKey' failed to satisfy constraint: ${rule}`,
    );
  }
  if (ExplicitHashKey !== undefined && !isHash(ExplicitHashKey))
    throw new AwsError(
      'InvalidArgumentException',
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${ExplicitHashKey}`,
    );
  const size = sizeOf(entry);
  if (size > stream.maxRecordKiB * KIB)
    throw new AwsError(
      'ValidationException',
      `1 validation error detected: Value at '${at}data' failed to satisfy constraint: Member must have length less than or equal to ${stream.maxRecordKiB * KIB}`,
    );
}

/** On disk when it resolves; in the order of the entries, within each shard. */
export async function putEntries(
  state: KinesisState,
  stream: StreamRecord,
  entries: readonly Entry[],
): Promise<Placed[]> {
  const open = stream.shards.filter(isOpen);
  const placed: Placed[] = [];
  const byShard = new Map<Shard, number[]>();
  for (const [index, entry] of entries.entries()) {
    const hash = entry.ExplicitHashKey === undefined ? hashOf(entry.PartitionKey!) : BigInt(entry.ExplicitHashKey);
    const shard = open.find((one) => holds(one, hash))!;
    placed.push({ shard });
    // An on-demand stream grows with what comes.
    const hasRoom = stream.mode === 'ON_DEMAND' || state.throughput.write(shardKey(stream, shard), sizeOf(entry));
    if (hasRoom) byShard.set(shard, [...(byShard.get(shard) ?? []), index]);
  }
  await Promise.all(
    [...byShard].map(async ([shard, indexes]) => {
      const records = indexes.map((index) => {
        const { Data, PartitionKey } = entries[index]!;
        return { partitionKey: PartitionKey!, data: Data ?? new Uint8Array() };
      });
      const numbers = await state.log(stream, shard).append(records);
      for (const [at, index] of indexes.entries())
        placed[index] = { shard, sequence: sequenceNumber(shard, numbers[at]!) };
    }),
  );
  report(state, stream, entries, placed);
  return placed;
}

export const exceeded = ({ account }: { readonly account: string }, stream: StreamRecord, shard: Shard): string =>
  `Rate exceeded for shard ${shard.id} in stream ${stream.name} under account ${account}.`;

/** Of the stream, and of each shard what the stream is asked to measure there. */
function report(
  { cloud }: KinesisState,
  stream: StreamRecord,
  entries: readonly Entry[],
  placed: readonly Placed[],
): void {
  const put = placed.map(({ shard, sequence }, index) => ({
    shard: shard.id,
    bytes: entries[index]!.Data?.byteLength ?? 0,
    isTaken: sequence !== undefined,
  }));
  reportMetrics(cloud, 'AWS/Kinesis', { StreamName: stream.name }, incoming(put));
  if (stream.shardMetrics.length === 0) return;
  for (const ShardId of new Set(put.map(({ shard }) => shard))) {
    const measured = Object.entries(incoming(put.filter(({ shard }) => shard === ShardId)));
    const wanted = measured.filter(([name]) => (stream.shardMetrics as readonly string[]).includes(name));
    if (wanted.length > 0)
      reportMetrics(cloud, 'AWS/Kinesis', { StreamName: stream.name, ShardId }, Object.fromEntries(wanted));
  }
}

function incoming(put: readonly { readonly bytes: number; readonly isTaken: boolean }[]) {
  const taken = put.filter(({ isTaken }) => isTaken);
  return {
    IncomingRecords: taken.length,
    IncomingBytes: taken.reduce((sum, { bytes }) => sum + bytes, 0),
    WriteProvisionedThroughputExceeded: put.length - taken.length,
  };
}
