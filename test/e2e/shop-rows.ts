/** The rows of a shop's table against those that it must have. */
import type { Row } from './pipelines-cloud';

/** Documents in one spelling, sets in one order. */
const DOCUMENTS = new Set(['tags', 'sizes']);
const plain = (rows: readonly Row[]): string[] =>
  rows
    .map((row) =>
      Object.entries(row)
        .map(([name, value]) => {
          if (!DOCUMENTS.has(name) || value === null) return `${name}: ${value}`;
          const list = JSON.parse(value) as unknown[];
          return `${name}: ${JSON.stringify(name === 'tags' ? list.sort() : list)}`;
        })
        .sort()
        .join(', '),
    )
    .sort();

/** A few of them: thousands would bury what is wrong. */
export function expectRows(table: string, actual: readonly Row[], wanted: readonly Row[]): void {
  const [have, want] = [plain(actual), plain(wanted)];
  const [there, known] = [new Set(have), new Set(want)];
  const missing = want.filter((row) => !there.has(row)).slice(0, 3);
  const unexpected = have.filter((row) => !known.has(row)).slice(0, 3);
  expect({ table, rows: have.length, missing, unexpected }).toEqual({
    table,
    rows: want.length,
    missing: [],
    unexpected: [],
  });
}
