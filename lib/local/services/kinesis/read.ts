/** Records out of a shard, as GetRecords and what reads streams for functions and pipes give them. */
import type { _Record } from '@aws-sdk/client-kinesis';
import { isOpen, type Shard, sequenceNumber } from './shards';
import { type KinesisState, keptSince } from './state';
import type { StreamRecord } from './stream';

export interface Read {
  readonly records: readonly _Record[];
  /** number of the record to go on with */
  readonly next: number;
  /** the shard is closed, and this was the last of it */
  readonly ended: boolean;
  /** how much older the last record is than the newest of the shard */
  readonly behindMs: number;
}

export async function readShard(
  state: KinesisState,
  stream: StreamRecord,
  shard: Shard,
  from: number,
  limits: { readonly max: number; readonly maxBytes: number },
): Promise<Read> {
  const log = state.log(stream, shard);
  const now = state.cloud.clock.now();
  // Before the read: what comes meanwhile is for the next one.
  const end = log.next;
  const isComplete = !isOpen(shard) && log.promised === end;
  const stored = await log.read(from, { ...limits, notBefore: keptSince(stream, now) });
  const last = stored.at(-1);
  const next = last === undefined ? Math.max(from, end) : last.n + 1;
  return {
    records: stored.map(({ n, t, k, d }) => ({
      SequenceNumber: sequenceNumber(shard, n),
      ApproximateArrivalTimestamp: new Date(t),
      Data: Buffer.from(d, 'base64'),
      PartitionKey: k,
    })),
    next,
    ended: isComplete && next >= end,
    behindMs: last === undefined || next >= end ? 0 : Math.max(0, now - last.t),
  };
}
