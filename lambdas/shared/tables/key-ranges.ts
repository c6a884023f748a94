/** Cuts the values of a key into ranges of one length. */
import type { RowPartition } from '../../../lib/tasks/extract-rows';
import type { ColumnKind } from './engine';

/** Keys that can be cut: there is a middle between any two. */
export type KeyKind = Extract<ColumnKind, 'integer' | 'date' | 'time' | 'instant'>;

const DAY_MS = 86_400_000n;
const TIME = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(?:\.\d+)?)?(?:Z|\+00(?::?00)?)?$/;

/**
 * `from` ≤ key < `to`. The first range has no `from` and the last no `to`, so rows that come after planning, or have no key, fall
 * into one of them. `low` and `high` as the database writes them; null: there are no rows.
 */
export function keyRanges(kind: KeyKind, low: string | null, high: string | null, count: number): RowPartition[] {
  const [first, last] = [numberOf(kind, low), numberOf(kind, high)];
  if (first === undefined || last === undefined) return [ALL];
  const span = last - first + 1n;
  const most = span < BigInt(count) ? Number(span) : count;
  const ends = Array.from({ length: most - 1 }, (_, index) =>
    textOf(kind, first + (span * BigInt(index + 1)) / BigInt(most)),
  );
  if (ends.length === 0) return [ALL];
  const width = String(ends.length + 1).length;
  return [...ends, null].map((to, index) => ({
    id: `range-${String(index + 1).padStart(width, '0')}`,
    values: { from: ends[index - 1] ?? null, to },
  }));
}

const ALL: RowPartition = { id: 'all', values: {} };

/** Of a time its seconds, of a date its days. */
function numberOf(kind: KeyKind, text: string | null): bigint | undefined {
  if (text === null) return undefined;
  if (kind === 'integer') return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  const [, day, time = '00:00:00'] = TIME.exec(text) ?? [];
  const ms = Date.parse(`${day}T${kind === 'date' ? '00:00:00' : time}Z`);
  if (Number.isNaN(ms)) return undefined;
  return BigInt(ms) / (kind === 'date' ? DAY_MS : 1000n);
}

function textOf(kind: KeyKind, value: bigint): string {
  if (kind === 'integer') return String(value);
  const iso = new Date(Number(value * (kind === 'date' ? DAY_MS : 1000n))).toISOString();
  return kind === 'date' ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}
