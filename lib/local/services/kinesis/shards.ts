/** The shards of a stream: which hash keys are theirs, how they come from one another, their sequence numbers. */
import { createHash } from 'node:crypto';
import type { Shard as WireShard } from '@aws-sdk/client-kinesis';

export interface Shard {
  /** `shardId-000000000000` */
  readonly id: string;
  readonly parents: readonly string[];
  /** hash keys, decimal, both inclusive */
  readonly from: string;
  readonly to: string;
  /** milliseconds since 1970 */
  readonly createdAt: number;
  /** how many records it has got; absent while it is open */
  readonly closedAfter?: number;
  readonly closedAt?: number;
}

const LAST_HASH = 2n ** 128n - 1n;

export const shardId = (index: number): string => `shardId-${String(index).padStart(12, '0')}`;

/** Even parts of all hash keys. */
export function evenShards(count: number, now: number): Shard[] {
  return boundaries(count).map(({ from, to }, index) => ({
    id: shardId(index),
    parents: [],
    from: String(from),
    to: String(to),
    createdAt: now,
  }));
}

export function boundaries(count: number): { readonly from: bigint; readonly to: bigint }[] {
  const size = (LAST_HASH + 1n) / BigInt(count);
  return Array.from({ length: count }, (_, index) => ({
    from: size * BigInt(index),
    to: index === count - 1 ? LAST_HASH : size * BigInt(index + 1) - 1n,
  }));
}

/** MD5 of the key, as a number of 128 bits. */
export const hashOf = (partitionKey: string): bigint =>
  BigInt(`0x${createHash('md5').update(partitionKey).digest('hex')}`);

export const isHash = (text: string): boolean => /^(0|[1-9]\d{0,38})$/.test(text) && BigInt(text) <= LAST_HASH;

export const isOpen = ({ closedAfter }: Shard): boolean => closedAfter === undefined;

export const holds = ({ from, to }: Shard, hash: bigint): boolean => BigInt(from) <= hash && hash <= BigInt(to);

/** Digits that say which shard, digits that count its records. */
const COUNTER_DIGITS = 35;

/**
 * 56 digits, as AWS's have: the time at which the shard was made, its number, and the record's. They grow along a shard and from parents
 * to children.
 */
export const sequenceNumber = ({ id, createdAt }: Shard, n: number): string =>
  `49${String(createdAt).padStart(13, '0')}${id.slice(-6)}${String(n).padStart(COUNTER_DIGITS, '0')}`;

/** The number of the record among its shard's; undefined for a sequence number of another shard. */
export function numberOf(shard: Shard, sequence: string): number | undefined {
  const prefix = sequenceNumber(shard, 0).slice(0, -COUNTER_DIGITS);
  return sequence.length === prefix.length + COUNTER_DIGITS && sequence.startsWith(prefix)
    ? Number(sequence.slice(-COUNTER_DIGITS))
    : undefined;
}

/** `shardId-000000000003`, read off a sequence number of ours. */
export const shardOfSequence = (sequence: string): string | undefined =>
  /^49\d{54}$/.test(sequence) ? shardId(Number(sequence.slice(15, 21))) : undefined;

export const wireShard = (shard: Shard): WireShard => ({
  ShardId: shard.id,
  ...(shard.parents[0] === undefined ? {} : { ParentShardId: shard.parents[0] }),
  ...(shard.parents[1] === undefined ? {} : { AdjacentParentShardId: shard.parents[1] }),
  HashKeyRange: { StartingHashKey: shard.from, EndingHashKey: shard.to },
  SequenceNumberRange: {
    StartingSequenceNumber: sequenceNumber(shard, 0),
    ...(shard.closedAfter === undefined ? {} : { EndingSequenceNumber: sequenceNumber(shard, shard.closedAfter + 1) }),
  },
});
