/** Small tables in a file of tests, as a list of maps or as CSV text: each value as it is written, since the column's type decides what it is. */
import { parse } from 'csv-parse/sync';
import { type Document, isAlias, isMap, isScalar, isSeq, type Scalar, type YAMLMap } from 'yaml';
import type { Mistake } from './errors';

/** `text` null: NULL. */
export interface Cell {
  readonly text: string | null;
  readonly line: number;
}

export interface Row {
  readonly line: number;
  readonly cells: ReadonlyMap<string, Cell>;
}

export interface Table {
  readonly line: number;
  /** those that any row names */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** What a reader of one file knows. */
export interface Reading {
  readonly document: Document;
  lineOf(node: unknown): number;
  complain(mistake: Mistake): void;
}

const ROWS_REMEDY = 'Write a list of maps (- { id: 1, name: a }), or CSV text behind a | with a header line.';

export function readTable(node: unknown, what: string, reading: Reading): Table {
  const line = reading.lineOf(node);
  const value = resolved(node, reading);
  if (isSeq(value)) return tableOf(line, rowsOfList(value.items, what, reading));
  if (isScalar(value) && typeof value.value === 'string') return csvTable(value as Scalar<string>, what, reading);
  reading.complain({ line, rule: `${what} is no list of rows`, remedy: ROWS_REMEDY });
  return { line, columns: [], rows: [] };
}

/** What an alias (`*base`) stands for. */
export const resolved = (node: unknown, { document }: Pick<Reading, 'document'>): unknown =>
  isAlias(node) ? node.resolve(document) : node;

function tableOf(line: number, rows: readonly Row[]): Table {
  return { line, columns: [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))], rows };
}

function rowsOfList(items: readonly unknown[], what: string, reading: Reading): Row[] {
  return items.flatMap((item) => {
    const map = resolved(item, reading);
    const line = reading.lineOf(item);
    if (isMap(map)) return [{ line, cells: cellsOf(map, reading) }];
    reading.complain({ line, rule: `a row of ${what} is no map`, remedy: ROWS_REMEDY });
    return [];
  });
}

/** With `<<: *base`, what the map does not say itself is as in the other. */
function cellsOf(map: YAMLMap, reading: Reading): Map<string, Cell> {
  const merged = new Map<string, Cell>();
  const own = new Map<string, Cell>();
  for (const { key, value } of map.items) {
    const name = isScalar(key) ? String(key.source ?? key.value) : '';
    if (name !== '<<') {
      own.set(name, { text: textOf(resolved(value, reading), reading), line: reading.lineOf(value ?? key) });
      continue;
    }
    const given = resolved(value, reading);
    for (const one of isSeq(given) ? given.items : [given]) {
      const other = resolved(one, reading);
      if (!isMap(other)) continue;
      for (const [column, cell] of cellsOf(other, reading)) if (!merged.has(column)) merged.set(column, cell);
    }
  }
  return new Map([...merged, ...own]);
}

/** `10.10` is the text 10.10, and no number that has lost its last digit; a list or a map is a JSON document. */
function textOf(node: unknown, reading: Reading): string | null {
  if (!isScalar(node)) return node === null || node === undefined ? null : jsonOf(node, reading);
  if (node.type === 'PLAIN') return node.value === null ? null : (node.source ?? String(node.value));
  return String(node.value);
}

function jsonOf(node: unknown, reading: Reading): string {
  const value = resolved(node, reading);
  if (isSeq(value)) return `[${value.items.map((item) => jsonOf(item, reading)).join(',')}]`;
  if (isMap(value)) {
    const members = value.items.map(
      ({ key, value: member }) => `${JSON.stringify(String((key as Scalar).value))}:${jsonOf(member, reading)}`,
    );
    return `{${members.join(',')}}`;
  }
  if (!isScalar(value) || value.value === null) return 'null';
  const isNumber = typeof value.value === 'number' && value.source !== undefined && isJsonNumber(value.source);
  return isNumber ? value.source! : JSON.stringify(value.value);
}

const isJsonNumber = (text: string): boolean => /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text);

/** An empty field is NULL; `""` is an empty text. Spaces around fields do not count, so that columns can be aligned. */
function csvTable(node: Scalar<string>, what: string, reading: Reading): Table {
  const line = reading.lineOf(node);
  // The text of a block begins on the line below its `|`.
  const before = node.type === 'BLOCK_LITERAL' ? line : line - 1;
  let records: Cell[][];
  try {
    records = parse(node.value, {
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      cast: (text, { lines, quoting }) => ({ text: text === '' && !quoting ? null : text, line: before + lines }),
    }) as unknown as Cell[][];
  } catch (error) {
    const { message, lines } = error as { message: string; lines?: number };
    reading.complain({ line: before + (lines ?? 1), rule: `${what} is no CSV: ${message}`, remedy: ROWS_REMEDY });
    return { line, columns: [], rows: [] };
  }
  const [header = [], ...rest] = records;
  const columns = header.map(({ text }) => text ?? '');
  if (columns.length === 0) reading.complain({ line, rule: `${what} is CSV without a header`, remedy: ROWS_REMEDY });
  for (const cells of rest.filter(({ length }) => length !== columns.length)) {
    const rule = `a row of ${what} has ${cells.length} values, its header ${columns.length}`;
    reading.complain({ line: cells[0]!.line, rule, remedy: 'Correct it; a value with a comma is written in quotes.' });
  }
  const rows = rest.map((cells) => ({
    line: cells[0]!.line,
    cells: new Map(cells.map((cell, index) => [columns[index]!, cell])),
  }));
  for (const name of columns.filter((one, index) => columns.indexOf(one) !== index)) {
    const rule = `${what} has two columns '${name}'`;
    reading.complain({ line: header[0]!.line, rule, remedy: 'Remove one.' });
  }
  return { line, columns, rows };
}
