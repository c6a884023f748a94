/** What differs between the rows that a test expects and those that the model made. Pure. */
import type { ColumnType, OutputColumn } from '../tasks/common';
import type { JudgedRow } from './judge-rows';

/** A row that is nearly there: the values of some columns differ. */
export interface ChangedRow {
  readonly expected: JudgedRow;
  readonly actual: JudgedRow;
  readonly columns: readonly string[];
}

export interface Difference {
  readonly missing: readonly JudgedRow[];
  readonly unexpected: readonly JudgedRow[];
  readonly changed: readonly ChangedRow[];
  /** all rows are there, in another order */
  readonly order?: true;
}

export interface Comparison {
  readonly columns: readonly OutputColumn[];
  readonly ordered: boolean;
}

/** Undefined: they agree. */
export function compareRows(
  expected: readonly JudgedRow[],
  actual: readonly JudgedRow[],
  { columns, ordered }: Comparison,
): Difference | undefined {
  const rest = [...actual];
  const absent = expected.filter((row) => {
    const at = rest.findIndex((other) => differing(row, other, columns).length === 0);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  if (absent.length === 0 && rest.length === 0) {
    const inPlace = expected.every((row, index) => differing(row, actual[index]!, columns).length === 0);
    return ordered && !inPlace ? { missing: [], unexpected: [], changed: [], order: true } : undefined;
  }
  return pairUp(absent, rest, columns);
}

/** A missing row and an unexpected one with values in common are one row that has changed; those with the most in common first. */
function pairUp(
  missing: readonly JudgedRow[],
  unexpected: readonly JudgedRow[],
  columns: readonly OutputColumn[],
): Difference {
  const pairs = missing
    .flatMap((expected) =>
      unexpected.map((actual) => ({ expected, actual, columns: differing(expected, actual, columns) })),
    )
    .filter((pair) => pair.columns.length < columns.length)
    .sort((a, b) => a.columns.length - b.columns.length);
  const taken = new Set<JudgedRow>();
  const changed = pairs.filter(({ expected, actual }) => {
    if (taken.has(expected) || taken.has(actual)) return false;
    taken.add(expected).add(actual);
    return true;
  });
  const left = (rows: readonly JudgedRow[]) => rows.filter((row) => !taken.has(row));
  return { missing: left(missing), unexpected: left(unexpected), changed };
}

const differing = (a: JudgedRow, b: JudgedRow, columns: readonly OutputColumn[]): string[] =>
  columns
    .filter(({ name, type }) => !isSame(type, a.get(name) ?? null, b.get(name) ?? null))
    .map((column) => column.name);

/** Sums of doubles depend on their order in the last digits. */
const RELATIVE_TOLERANCE = 1e-9;

function isSame(type: ColumnType, a: string | null, b: string | null): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (type.type === 'json') return sorted(a) === sorted(b);
  if (type.type !== 'double') return false;
  const [x, y] = [Number(a), Number(b)];
  return Math.abs(x - y) <= RELATIVE_TOLERANCE * Math.max(Math.abs(x), Math.abs(y));
}

/** A document does not depend on the order of its members. */
const sorted = (json: string): string =>
  JSON.stringify(JSON.parse(json), (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
