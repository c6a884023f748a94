/** Says of the values in a test's tables what the contract says of those in files: whether each is one of its column's type. */
import { judgeValue } from '../../lambdas/shared/contract/judge-value';
import { suggest } from '../pipeline/errors';
import type { ColumnType, OutputColumn } from '../tasks/common';
import type { Mistake } from './errors';
import type { Cell, Row, Table } from './read-rows';

/** Values in the one spelling that DuckDB reads in one way; null is NULL. By column. */
export type JudgedRow = ReadonlyMap<string, string | null>;

export interface JudgedTable {
  /** those that the table names */
  readonly columns: readonly OutputColumn[];
  readonly rows: readonly JudgedRow[];
  readonly mistakes: readonly Mistake[];
}

/** `what` names the table in messages. Columns that may be NULL nowhere else may be left out of a test. */
export function judgeTable(table: Table, columns: readonly OutputColumn[], what: string): JudgedTable {
  const mistakes: Mistake[] = [];
  const known = columns.map(({ name }) => name);
  for (const name of table.columns.filter((one) => !known.includes(one))) {
    const at = table.rows.flatMap(({ cells }) => cells.get(name) ?? [])[0];
    mistakes.push({
      line: at?.line ?? table.line,
      rule: `${what} has no column '${name}'`,
      remedy: suggest(name, known),
    });
  }
  const named = columns.filter(({ name }) => table.columns.includes(name));
  const rows = table.rows.map((row) => judgeRow(row, named, what, mistakes));
  return { columns: named, rows, mistakes };
}

function judgeRow(row: Row, columns: readonly OutputColumn[], what: string, mistakes: Mistake[]): JudgedRow {
  return new Map(
    columns.map((column) => {
      const cell = row.cells.get(column.name);
      return [column.name, cell === undefined ? null : judgeCell(cell, column, what, mistakes)];
    }),
  );
}

function judgeCell(cell: Cell, column: OutputColumn, what: string, mistakes: Mistake[]): string | null {
  const { text, line } = cell;
  const field = `${what}.${column.name}`;
  if (text === null) {
    if (column.nullable) return null;
    const remedy = 'Give a value, or leave the column out where it does not matter.';
    mistakes.push({ line, rule: `${field} may not be NULL`, remedy });
    return null;
  }
  const judgement = judgeValue(column.type, text);
  if ('value' in judgement) return judgement.value;
  const example = EXAMPLES[column.type.type];
  const remedy = `The column is ${typeText(column.type)}${example === undefined ? '' : `: write e.g. ${example}`}.`;
  mistakes.push({ line, rule: `${field}: ${judgement.reason}`, remedy });
  return null;
}

/** As in `pipeline.ts`: `decimal(12, 2)`. */
function typeText(type: ColumnType): string {
  if (type.type === 'decimal') return `decimal(${type.precision}, ${type.scale})`;
  return type.type === 'text' && type.length !== undefined ? `text(${type.length})` : type.type;
}

const EXAMPLES: Readonly<Partial<Record<ColumnType['type'], string>>> = {
  bigint: '42',
  integer: '42',
  decimal: '12.50',
  double: '0.25',
  boolean: 'true',
  date: '2026-01-31',
  timestamp: '2026-01-31T10:00:00Z',
  json: '\'{"a": 1}\', or a map',
};

/** A value that DuckDB has written, in the spelling of the judged ones. */
export function spelt(type: ColumnType, text: string): string {
  if (type.type === 'text') return text;
  const judgement = judgeValue(type, text);
  return 'value' in judgement ? judgement.value : text;
}
