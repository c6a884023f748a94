/** Splits and merges: shards in, shards out. What is closed keeps its records until the stream forgets them. */
import { boundaries, isOpen, type Shard, shardId } from './shards';

interface Now {
  readonly at: number;
  /** how many records a shard has got */
  readonly recordsOf: (id: string) => number;
}

/** @param at the first hash key of the second child */
export function split(shards: readonly Shard[], id: string, at: bigint, now: Now): Shard[] {
  const parent = shards.find((shard) => shard.id === id)!;
  const child = (offset: number, from: string, to: string): Shard => ({
    id: shardId(shards.length + offset),
    parents: [id],
    from,
    to,
    createdAt: now.at,
  });
  return [...closed(shards, [id], now), child(0, parent.from, String(at - 1n)), child(1, String(at), parent.to)];
}

/** Of two that lie side by side, in any order. */
export function merge(shards: readonly Shard[], ids: readonly [string, string], now: Now): Shard[] {
  const [lower, upper] = ids
    .map((id) => shards.find((shard) => shard.id === id)!)
    .sort((a, b) => (BigInt(a.from) < BigInt(b.from) ? -1 : 1)) as [Shard, Shard];
  const child: Shard = {
    id: shardId(shards.length),
    parents: ids,
    from: lower.from,
    to: upper.to,
    createdAt: now.at,
  };
  return [...closed(shards, ids, now), child];
}

/** To so many of the same size, by splits and then merges; shards in between live for a moment only, as on AWS. */
export function scale(shards: readonly Shard[], count: number, now: Now): Shard[] {
  const targets = boundaries(count);
  let all = [...shards];
  for (const { from } of targets.slice(1)) {
    const cut = all.find((shard) => isOpen(shard) && BigInt(shard.from) < from && from <= BigInt(shard.to));
    if (cut !== undefined) all = split(all, cut.id, from, now);
  }
  for (const { from, to } of targets) {
    for (;;) {
      const inside = all
        .filter((shard) => isOpen(shard) && from <= BigInt(shard.from) && BigInt(shard.to) <= to)
        .sort((a, b) => (BigInt(a.from) < BigInt(b.from) ? -1 : 1));
      const [first, second] = inside;
      if (first === undefined || second === undefined) break;
      all = merge(all, [first.id, second.id], now);
    }
  }
  return all;
}

export const isAdjacent = (a: Shard, b: Shard): boolean =>
  BigInt(a.to) + 1n === BigInt(b.from) || BigInt(b.to) + 1n === BigInt(a.from);

const closed = (shards: readonly Shard[], ids: readonly string[], { at, recordsOf }: Now): Shard[] =>
  shards.map((shard) =>
    ids.includes(shard.id) ? { ...shard, closedAfter: recordsOf(shard.id), closedAt: at } : shard,
  );
