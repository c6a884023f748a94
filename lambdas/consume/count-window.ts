/**
 * Counts of one window of one shard, in the state that Lambda hands on from call to call. A call that fails is repeated with the state that it was
 * given, so what is counted and what is answered are one thing, and each record is counted once.
 *
 * A state is written as a part of its window: at the window's end, when Lambda ends it early, and when it is so large that Lambda would. A part is
 * named by its first record, and where it ends depends on its records alone, not on how they are cut into batches: written again, it is the same.
 * What is full is handed on beside its successor, and written by the call after that: of a batch that fails, and is given up, nothing is written
 * (unless it fills two by itself, for which no state has room). What is written of a window is noted, so that records which come again after its
 * end are not counted in a state that has not seen them.
 */
import type { Aggregate } from '../shared/stream/aggregates';
import {
  addTo,
  bytesOf,
  type CountedItem,
  itemsOf,
  type Part,
  partFrom,
  type SequencedRow,
} from '../shared/stream/count-part';
import { padded } from '../shared/stream/sequence-set';

export interface WindowCall {
  readonly shard: string;
  /** ISO 8601: of the window */
  readonly start: string;
  /** as Lambda hands it in: of the call before, or an empty one */
  readonly state: unknown;
  /** the state is not handed on */
  readonly isLast: boolean;
  /** in the order of sequence */
  readonly rows: readonly SequencedRow[];
}

export interface CountStore {
  readonly aggregates: readonly Aggregate[];
  /** A state of more is written, and a new one begun. */
  readonly mostStateBytes: number;
  /** Each may be there already. */
  put(items: readonly CountedItem[]): Promise<void>;
  /** The last record that is in items of the window. */
  writtenUntil(shard: string, start: string): Promise<string | undefined>;
  noteWritten(shard: string, start: string, last: string): Promise<void>;
}

/** JSON. */
interface State extends Part {
  /** the part before it */
  readonly full?: Part;
}

/** Returns the state for the next call. @throws what makes the call one that failed */
export async function countWindow(
  { shard, start, state, isLast, rows }: WindowCall,
  store: CountStore,
): Promise<object> {
  const { aggregates, mostStateBytes } = store;
  if (aggregates.length === 0) return {};
  const given = stateIn(state);
  if (given?.full) await write(given.full);
  let part = given && partOf(given);
  if (part && !isOf(part, aggregates)) {
    await write(part);
    part = undefined;
  }
  const before = given ? given.last : rows.length > 0 ? await store.writtenUntil(shard, start) : undefined;
  let full: Part | undefined;
  let bytes = part ? bytesOf(part) : 0;
  for (const one of rows) {
    if (before !== undefined && padded(one.sequence) <= padded(before)) continue;
    if (part && bytes > mostStateBytes && part.last !== one.sequence) {
      if (full) await write(full);
      full = part;
      part = undefined;
    }
    if (!part) {
      part = partFrom(one.sequence, aggregates);
      bytes = bytesOf(part);
    }
    bytes += addTo(part, one);
  }
  if (!part) return {};
  if (!isLast) return full ? { ...part, full } : part;
  if (full) await write(full);
  await write(part);
  return {};

  async function write(one: Part): Promise<void> {
    const there = new Set(aggregates.map(({ table }) => table));
    await store.put(itemsOf(one, start, shard).filter(({ table }) => there.has(table)));
    await store.noteWritten(shard, start, one.last);
  }
}

const stateIn = (state: unknown): State | undefined =>
  typeof state === 'object' && state !== null && 'tables' in state ? structuredClone(state as State) : undefined;

const partOf = ({ full: _, ...part }: State): Part => part;

/** Not after a deployment that has changed them. */
const isOf = ({ tables }: Part, aggregates: readonly Aggregate[]): boolean =>
  JSON.stringify(tables.map(({ of }) => of)) === JSON.stringify(aggregates);
