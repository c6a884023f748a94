/** Counts of one window of one shard, as far as they go into items of their own. */
import type { Item } from '../dynamo/item';
import type { RowTexts } from '../unfit';
import { type Aggregate, aggregateItem, type Counts, valuesOf } from './aggregates';
import { folded } from './fold';
import { padded } from './sequence-set';

export interface SequencedRow {
  readonly model: string;
  readonly row: RowTexts;
  /** of its record */
  readonly sequence: string;
}

/** JSON. */
export interface Part {
  /** sequence numbers of the record that it began with, which its items are called after, and of the last one in it */
  readonly first: string;
  last: string;
  readonly tables: readonly { readonly of: Aggregate; readonly groups: Record<string, Counts> }[];
}

export interface CountedItem {
  readonly table: string;
  readonly item: Item;
  /** the attribute that counts its rows, and never has less of them */
  readonly count: string;
}

/** Of one number in a part, at most. */
const NUMBER_BYTES = 48;

export const partFrom = (sequence: string, aggregates: readonly Aggregate[]): Part => ({
  first: sequence,
  last: sequence,
  tables: aggregates.map((of) => ({ of, groups: {} })),
});

/** Returns by how many bytes the part has grown. */
export function addTo(part: Part, { model, row, sequence }: SequencedRow): number {
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
  if (padded(sequence) > padded(part.last)) part.last = sequence;
  return grown;
}

/** By its groups alone, and no less than it is. */
export const bytesOf = ({ tables }: Part): number =>
  tables.reduce(
    (sum, { of, groups }) =>
      Object.keys(groups).reduce((all, group) => all + groupBytes(group, of), sum + JSON.stringify(of).length),
    0,
  );

const groupBytes = (group: string, { values }: Aggregate): number =>
  Buffer.byteLength(JSON.stringify(group)) + NUMBER_BYTES * (1 + values.length);

/** `start`: of its window, ISO 8601. */
export function itemsOf({ first, tables }: Part, start: string, shard: string): CountedItem[] {
  const window = `${start}#${shard}#${first}`;
  return tables.flatMap(({ of, groups }) =>
    Object.entries(groups).map(([values, counts]) => ({
      table: of.table,
      count: of.count,
      item: aggregateItem(of, window, JSON.parse(values), counts),
    })),
  );
}

/** As Lambda names windows: without milliseconds. */
export const windowText = (start: number): string => new Date(start).toISOString().replace('.000Z', 'Z');
