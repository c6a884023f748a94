/** Each check as a condition that bad rows meet, and as the sentence that says what must hold. */
import type { Check } from '../../lib/tasks/check';
import type { OutputColumn } from '../../lib/tasks/common';
import { quoteName, quoteText, sqlType } from '../shared/duckdb';

/** What must hold, e.g. `status must be one of 'paid', 'open'`. */
export function rule(check: Check): string {
  switch (check.kind) {
    case 'notNull':
      return `${check.column} must not be NULL`;
    case 'unique':
      return `${check.columns.join(', ')} must be unique`;
    case 'rowCount':
      return `there must be ${between(check.min, check.max)} ${(check.max ?? check.min) === 1 ? 'row' : 'rows'}`;
    case 'accepted':
      return `${check.column} must be one of ${check.values.map(literal).join(', ')}`;
    case 'between':
      return `${check.column} must be ${between(check.min, check.max)}`;
    case 'inInterval':
      return `${check.column} must lie in the run's data interval, as replace({ interval: '${check.column}' }) replaces only what lies there`;
    case 'sqlCheck':
      return `${check.condition} must hold`;
  }
}

/** A condition over one row that is true for bad ones; undefined for checks over all rows. NULL is never bad but for notNull. */
export function badRow(check: Check, columns: readonly OutputColumn[]): string | undefined {
  switch (check.kind) {
    case 'notNull':
      return `${quoteName(check.column)} IS NULL`;
    case 'accepted':
      return `${quoteName(check.column)} NOT IN (${check.values.map((value) => typed(check.column, value, columns)).join(', ')})`;
    case 'between': {
      const limits = [
        ...(check.min === undefined ? [] : [`${quoteName(check.column)} < ${typed(check.column, check.min, columns)}`]),
        ...(check.max === undefined ? [] : [`${quoteName(check.column)} > ${typed(check.column, check.max, columns)}`]),
      ];
      return limits.length === 0 ? 'false' : limits.join(' OR ');
    }
    case 'inInterval': {
      const time = `CAST(${quoteName(check.column)} AS TIMESTAMP)`;
      return `${time} IS NULL OR ${time} < getvariable('interval_start') OR ${time} >= getvariable('interval_end')`;
    }
    case 'sqlCheck':
      return `(${check.condition}\n) IS FALSE`;
    default:
      return undefined;
  }
}

/** Values that occur more than once. NULL is no value, as in SQL's UNIQUE. */
export function duplicates({ model, columns }: Extract<Check, { kind: 'unique' }>): string {
  const names = columns.map(quoteName);
  const known = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
  return `SELECT ${names.join(', ')}, count(*) AS "rows" FROM ${quoteName(model)} WHERE ${known} GROUP BY ${names.join(', ')} HAVING count(*) > 1`;
}

function typed(column: string, value: string | number | boolean, columns: readonly OutputColumn[]): string {
  const type = columns.find(({ name }) => name === column)?.type;
  // A limit with more decimals than the column would be rounded to it.
  if (typeof value === 'number' && type && ['decimal', 'integer', 'bigint'].includes(type.type)) return String(value);
  return type ? `CAST(${literal(value)} AS ${sqlType(type)})` : literal(value);
}

export const literal = (value: string | number | boolean): string =>
  typeof value === 'string' ? quoteText(value) : String(value);

function between(min: number | string | undefined, max: number | string | undefined): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  return min !== undefined ? `at least ${min}` : `at most ${max}`;
}
