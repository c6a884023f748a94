/** Rows that violate a check, as a person reads them. */
import type { Check } from '../../lib/tasks/check';
import { quoteName } from '../shared/duckdb';
import type { Dataset } from '../shared/manifest';
import { literal } from './check-sql';

export const EXAMPLES = 5;
const COLUMNS_IN_EXAMPLE = 6;
const MOST_VALUE_CHARACTERS = 60;

/** The columns that the check is about, then the first ones of the model: keys stand there. */
export function exampleColumns(check: Check, { columns }: Dataset): string[] {
  const about =
    'column' in check
      ? [check.column]
      : check.kind === 'foreignKey'
        ? check.columns
        : columns.map(({ name }) => name).filter((name) => mentions(check, name));
  return [...new Set([...columns.slice(0, 2).map(({ name }) => name), ...about])].slice(0, COLUMNS_IN_EXAMPLE);
}

const mentions = (check: Check, name: string): boolean =>
  check.kind === 'sqlCheck' && new RegExp(`\\b${name}\\b`, 'i').test(check.condition);

/** Values as DuckDB prints them. */
export const asText = (columns: readonly string[]): string =>
  columns.map((name) => `CAST(${quoteName(name)} AS VARCHAR) AS ${quoteName(name)}`).join(', ');

export const describeRow =
  ({ columns }: Dataset) =>
  (row: Record<string, unknown>): string =>
    Object.entries(row)
      .map(([name, value]) => {
        const isText = columns.some((column) => column.name === name && ['text', 'json'].includes(column.type.type));
        return `${name}=${value === null ? 'NULL' : isText ? literal(shortened(String(value))) : value}`;
      })
      .join(', ');

const shortened = (text: string): string =>
  text.length > MOST_VALUE_CHARACTERS ? `${text.slice(0, MOST_VALUE_CHARACTERS)}…` : text;
