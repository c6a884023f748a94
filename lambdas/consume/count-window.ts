/**
 * Counts of one window of one shard, in the state that Lambda hands on from call to call. A call that fails is repeated with the state that it was
 * given, so what is counted and what is answered are one thing, and each record is counted once.
 *
 * A state is written as a part of its window: at the window's end, when Lambda ends it early, and when it is so large that Lambda would. A part is
 * named by its first record, and where it ends depends on its records alone, not on how they are cut into batches: written again, it is the same.
 * What is written of a window is noted, so that records which come again after its end are not counted in a state that has not seen them.
 */
import type { Item } from '../shared/dynamo/item';
import { type Aggregate, aggregateItem, type Counts, valuesOf } from '../shared/stream/aggregates';
import { folded } from '../shared/stream/fold';
import { padded } from '../shared/stream/sequence-set';
import type { RowTexts } from '../shared/unfit';

export interface SequencedRow {
  readonly model: string;
  readonly row: RowTexts;
  /** of its record */
  readonly sequence: string;
}

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
  put(items: readonly { readonly table: string; readonly item: Item }[]): Promise<void>;
  /** The last record that is in items of the window. */
  writtenUntil(shard: string, start: string): Promise<string | undefined>;
  noteWritten(shard: string, start: string, last: string): Promise<void>;
}

/** JSON. */
interface Part {
  /** sequence numbers of the first and the last record in it */
  readonly first: string;
  last: string;
  readonly tables: readonly { readonly of: Aggregate; readonly groups: Record<string, Counts> }[];
}

/** Of one number in the state, at most. */
const NUMBER_BYTES = 48;

/** Returns the state for the next call. @throws what makes the call one that failed */
export async function countWindow(
  { shard, start, state, isLast, rows }: WindowCall,
  store: CountStore,
): Promise<object> {
  const { aggregates, mostStateBytes } = store;
  if (aggregates.length === 0) return {};
  const given = partIn(state);
  let part = given;
  if (part && !isOf(part, aggregates)) {
    await write(part);
    part = undefined;
  }
  const before = given ? given.last : rows.length > 0 ? await store.writtenUntil(shard, start) : undefined;
  let bytes = part ? bytesOf(part) : 0;
  for (const one of rows) {
    if (before !== undefined && padded(one.sequence) <= padded(before)) continue;
    if (part && bytes > mostStateBytes && part.last !== one.sequence) {
      await write(part);
      part = undefined;
    }
    if (!part) {
      part = { first: one.sequence, last: one.sequence, tables: aggregates.map((of) => ({ of, groups: {} })) };
      bytes = bytesOf(part);
    }
    bytes += add(part, one);
  }
  if (part && isLast) {
    await write(part);
    part = undefined;
  }
  return part ?? {};

  async function write({ first, last, tables }: Part): Promise<void> {
    const window = `${start}#${shard}#${first}`;
    const there = new Set(aggregates.map(({ table }) => table));
    await store.put(
      tables
        .filter(({ of }) => there.has(of.table))
        .flatMap(({ of, groups }) =>
          Object.entries(groups).map(([values, counts]) => ({
            table: of.table,
            item: aggregateItem(of, window, JSON.parse(values), counts),
          })),
        ),
    );
    await store.noteWritten(shard, start, last);
  }
}

const partIn = (state: unknown): Part | undefined =>
  typeof state === 'object' && state !== null && 'tables' in state ? structuredClone(state as Part) : undefined;

/** Not after a deployment that has changed them. */
const isOf = ({ tables }: Part, aggregates: readonly Aggregate[]): boolean =>
  JSON.stringify(tables.map(({ of }) => of)) === JSON.stringify(aggregates);

/** Returns by how many bytes the state has grown. */
function add(part: Part, { model, row, sequence }: SequencedRow): number {
  let grown = 0;
  for (const { of, groups } of part.tables) {
    if (of.model !== model) continue;
    const group = JSON.stringify(valuesOf(row, of));
    let counts = groups[group];
    if (!counts) {
      counts = [0, ...of.values.map(({ how }) => (how === 'countOf' ? '0' : null))];
      groups[group] = counts;
      grown += groupBytes(group, of);
    }
    counts[0] += 1;
    for (const [index, { how, column, type }] of of.values.entries())
      counts[index + 1] = folded(how, counts[index + 1] as string | null, row[column] ?? null, type);
  }
  part.last = sequence;
  return grown;
}

/** By its groups alone, and no less than it is. */
const bytesOf = ({ tables }: Part): number =>
  tables.reduce(
    (sum, { of, groups }) =>
      Object.keys(groups).reduce((all, group) => all + groupBytes(group, of), sum + JSON.stringify(of).length),
    0,
  );

const groupBytes = (group: string, { values }: Aggregate): number =>
  Buffer.byteLength(JSON.stringify(group)) + NUMBER_BYTES * (1 + values.length);
