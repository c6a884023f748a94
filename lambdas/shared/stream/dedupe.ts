/**
 * Duplicates: of records with the same key, within so many seconds after one that was taken, none other is. What was decided is never
 * decided again, so whoever keeps the decisions keeps them first, and only then notes what was taken: a batch that comes again meets its
 * own decisions, and not its own notes. Records of a key must come one after the other, as those of a partition key do: then no note is
 * overtaken by an older one.
 */
import { createHash } from 'node:crypto';

/** When the last record of each key was taken. */
export interface SeenKeys {
  /** by key, milliseconds since 1970; keys that were never seen are not there */
  find(keys: readonly string[]): Promise<ReadonlyMap<string, number>>;
  note(seen: ReadonlyMap<string, number>): Promise<void>;
}

export interface Candidate {
  readonly sequence: string;
  /** of its key's values */
  readonly key: string;
  /** milliseconds since 1970: when it was received */
  readonly at: number;
}

/** Short, and nothing of the values is in it. */
export const keyOf = (values: readonly (string | null)[]): string =>
  createHash('sha256').update(JSON.stringify(values)).digest('base64url').slice(0, 27);

export class Dedupe {
  constructor(
    private readonly seen: SeenKeys,
    private readonly withinMs: number,
  ) {}

  /** Sequence numbers of duplicates. `records` are in order; those in `taken` were taken before, whatever the others are. */
  async duplicatesAmong(records: readonly Candidate[], taken: ReadonlySet<string>): Promise<Set<string>> {
    const last = new Map(await this.seen.find([...new Set(records.map(({ key }) => key))]));
    const duplicates = new Set<string>();
    for (const { sequence, key, at } of records) {
      const before = last.get(key);
      if (!taken.has(sequence) && before !== undefined && Math.abs(at - before) <= this.withinMs) {
        duplicates.add(sequence);
      } else {
        last.set(key, Math.max(at, before ?? at));
      }
    }
    return duplicates;
  }

  /** What was taken, in order. */
  async note(records: readonly Candidate[]): Promise<void> {
    const last = new Map<string, number>();
    for (const { key, at } of records) last.set(key, Math.max(at, last.get(key) ?? at));
    if (last.size > 0) await this.seen.note(last);
  }
}
