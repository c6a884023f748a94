/**
 * Which of two versions of a row stays. Cassandra's own way, the greater write timestamp, does not do: Amazon Keyspaces takes timestamps
 * of the last two days only, which leaves no room for the age of data; and what is deleted would be forgotten some day. So each row says
 * which version it is, and is written on the condition that this has not changed since it was looked at.
 */
import type { ColumnType, WriteMode } from '../../../lib/tasks/common';

export interface Version {
  /** the value of `newestBy` as text, as DuckDB writes it; null where there is none */
  readonly newest: string | null;
  /** sortable: of the load, or of the record */
  readonly arrival: string;
  readonly load: string;
  readonly generation: number;
}

export const versionText = ({ newest, arrival, load, generation }: Version): string =>
  JSON.stringify([newest, arrival, load, generation]);

export function readVersion(text: string): Version {
  const [newest, arrival, load, generation] = JSON.parse(text) as [string | null, string, string, number];
  return { newest, arrival, load, generation };
}

/**
 * As in the databases: with `newestBy` a greater value wins, none counts as the oldest, and on a tie the later arrival; without it the
 * later arrival alone. A generation of the load that is over leaves nothing in the way of a later one, and never comes back over it.
 */
export function overtakes(ours: Version, theirs: Version, write: WriteMode, newestType?: ColumnType): boolean {
  if (write.mode !== 'merge') return true;
  if (ours.load === theirs.load && ours.generation !== theirs.generation) return ours.generation > theirs.generation;
  const age = newestType === undefined ? 0 : compareNewest(ours.newest, theirs.newest, newestType);
  return age === 0 ? ours.arrival >= theirs.arrival : age > 0;
}

const NUMBERS: readonly ColumnType['type'][] = ['bigint', 'integer', 'decimal', 'double'];

function compareNewest(a: string | null, b: string | null, { type }: ColumnType): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (type === 'double') return Number(a) - Number(b);
  return NUMBERS.includes(type) ? compareDecimals(a, b) : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Of plain digits with or without a fraction, as many as there may be. */
function compareDecimals(a: string, b: string): number {
  const scale = Math.max(fractionOf(a).length, fractionOf(b).length);
  const whole = (text: string) => BigInt(text.split('.')[0] + fractionOf(text).padEnd(scale, '0'));
  const difference = whole(a) - whole(b);
  return difference === 0n ? 0 : difference > 0n ? 1 : -1;
}

const fractionOf = (text: string): string => text.split('.')[1] ?? '';
