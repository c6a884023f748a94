/** What a commit of a shard's log adds to the counts of its windows. */
import type { Aggregate } from '../shared/stream/aggregates';
import { addTo, bytesOf, type Part, partFrom, type SequencedRow, windowText } from '../shared/stream/count-part';
import type { BehindPart, Counted, OpenPart, PartPlace } from '../shared/stream/counted';
import { placeOf } from '../shared/stream/counted';

export interface CountedRow extends SequencedRow {
  /** milliseconds since 1970: when Kinesis got its record */
  readonly arrivedAt: number;
}

export interface CountOptions {
  readonly aggregates: readonly Aggregate[];
  readonly windowMs: number;
  /** One of more does not grow: each commit writes it anew. */
  readonly mostPartBytes: number;
  /** The batch was given up, and is taken again beside what the mapping takes: by parts of its own. */
  readonly isApart: boolean;
  /** Nobody needs to know of it any longer. */
  readonly isWritten: (place: PartPlace) => boolean;
}

/** `rows` are in the order of their records, and of models that are counted. `before` stays as it is. */
export function countOn(
  before: { readonly key: string; readonly counted: Counted } | undefined,
  rows: readonly CountedRow[],
  { aggregates, windowMs, mostPartBytes, isApart, isWritten }: CountOptions,
): Counted {
  const startOf = ({ arrivedAt }: CountedRow) => windowText(Math.floor(arrivedAt / windowMs) * windowMs);
  const starts = new Set(rows.map(startOf));
  const newest = [...starts].toSorted().at(-1) ?? '';
  const growing = new Map<string, { readonly part: Part; bytes: number }>();
  const open: OpenPart[] = [];
  const behind: BehindPart[] = (before?.counted.behind ?? []).filter((one) => !isWritten(one));
  for (const one of before?.counted.open ?? []) {
    const { start, part, version } = one;
    const bytes = bytesOf(part);
    const mayGrow = !one.isApart && bytes <= mostPartBytes && isOf(part, aggregates) && !isWritten(placeOf(one));
    if (mayGrow && !isApart && starts.has(start) && !growing.has(start)) {
      const grown = { part: structuredClone(part), bytes };
      growing.set(start, grown);
      open.push({ start, version: version + 1, part: grown.part });
    } else if (mayGrow && (isApart || start > newest)) open.push(one);
    else if (!isWritten(placeOf(one))) behind.push({ ...placeOf(one), key: before!.key });
  }
  for (const row of rows) {
    const start = startOf(row);
    let current = growing.get(start);
    // A record's rows are in one part, which its items are called after.
    if (!current || (current.bytes > mostPartBytes && current.part.last !== row.sequence)) {
      const part = partFrom(row.sequence, aggregates);
      current = { part, bytes: bytesOf(part) };
      growing.set(start, current);
      open.push({ start, version: 1, part, ...(isApart ? { isApart } : {}) });
    }
    current.bytes += addTo(current.part, row);
  }
  return { open, behind };
}

/** Not after a deployment that has changed them. */
const isOf = ({ tables }: Part, aggregates: readonly Aggregate[]): boolean =>
  JSON.stringify(tables.map(({ of }) => of)) === JSON.stringify(aggregates);
