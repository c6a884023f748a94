/** Each check as a condition that bad rows meet, and as the sentence that says what must hold. */
import type { Check, Expectation } from '../../lib/tasks/check';
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
    case 'freshness':
      return `the newest ${check.column} must be at most ${age(check.maxAge.seconds)} old`;
    case 'foreignKey':
      return `${check.columns.join(', ')} must be in ${check.references.model} (${check.references.columns.join(', ')})`;
    case 'matches':
      return `${check.column} must match /${check.pattern}/${check.flags}`;
    case 'distribution':
      return `${check.column} must be distributed as expected`;
    case 'volume':
      return 'there must be about as many rows as in earlier runs';
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
    case 'matches':
      return `NOT regexp_matches(${quoteName(check.column)}, ${quoteText(withFlags(check.pattern, check.flags))})`;
    case 'foreignKey': {
      const pairs = check.columns.map(
        (name, index) => `"_other".${quoteName(check.references.columns[index]!)} = "_own".${quoteName(name)}`,
      );
      const known = check.columns.map((name) => `"_own".${quoteName(name)} IS NOT NULL`);
      return `${known.join(' AND ')} AND NOT EXISTS (SELECT 1 FROM ${quoteName(check.references.model)} AS "_other" WHERE ${pairs.join(' AND ')})`;
    }
    case 'sqlCheck':
      return `(${check.condition}\n) IS FALSE`;
    default:
      return undefined;
  }
}

/** RE2 has flags inside of the pattern. */
const withFlags = (pattern: string, flags: string): string => (flags === '' ? pattern : `(?${flags})${pattern}`);

/** A number over all rows of the model, which an assertion is about. */
export interface Statistic {
  /** by which earlier runs have it, e.g. `distribution(orders.total).mean` */
  readonly id: string;
  /** e.g. `the mean of total` */
  readonly label: string;
  /** an aggregate; NULL where there is nothing to judge */
  readonly sql: string;
  readonly expected: Expectation;
  /** it counts something whole */
  readonly isCount: boolean;
}

export function statisticsOf(check: Check): Statistic[] {
  if (check.kind === 'volume') {
    const { last, within } = check;
    return [
      { id: titleOf(check), label: 'the number of rows', sql: 'count(*)', expected: { last, within }, isCount: true },
    ];
  }
  if (check.kind !== 'distribution') return [];
  const { column, mean, stddev, nulls, distinct, shares = {} } = check;
  const name = quoteName(column);
  const one = (part: string, label: string, sql: string, expected: Expectation | undefined): Statistic[] =>
    expected === undefined
      ? []
      : [{ id: `${titleOf(check)}.${part}`, label, sql, expected, isCount: part === 'distinct' }];
  return [
    ...one('mean', `the mean of ${column}`, `avg(CAST(${name} AS DOUBLE))`, mean),
    ...one('stddev', `the standard deviation of ${column}`, `stddev_samp(CAST(${name} AS DOUBLE))`, stddev),
    ...one(
      'nulls',
      `the share of NULLs in ${column}`,
      `count(*) FILTER (${name} IS NULL) / nullif(count(*), 0)`,
      nulls,
    ),
    ...one('distinct', `the number of different values of ${column}`, `nullif(count(DISTINCT ${name}), 0)`, distinct),
    ...Object.entries(shares).flatMap(([value, expected]) =>
      one(
        `shares[${value}]`,
        `the share of ${literal(value)} in ${column}`,
        `count(*) FILTER (CAST(${name} AS VARCHAR) = ${quoteText(value)}) / nullif(count(${name}), 0)`,
        expected,
      ),
    ),
  ];
}

/** The newest value as text, and its distance from a time in seconds. */
export function newestSql(column: string, at: string): { text: string; age: string } {
  const newest = `max(${quoteName(column)})`;
  return {
    text: `CAST(${newest} AS VARCHAR)`,
    age: `epoch(CAST(${quoteText(at)} AS TIMESTAMP) - CAST(${newest} AS TIMESTAMP))`,
  };
}

/** The check as a person would name it: `unique(orders.id, line)`. */
export function titleOf(check: Check): string {
  const columns = 'column' in check ? [check.column] : 'columns' in check ? check.columns : [];
  const of = `${check.model}${columns.length > 0 ? `.${columns.join(', ')}` : ''}`;
  if (check.kind === 'foreignKey') return `foreignKey(${of} in ${check.references.model})`;
  return check.kind === 'sqlCheck' ? `sqlCheck(${of}: ${check.condition.trim()})` : `${check.kind}(${of})`;
}

const HOUR = 3600;

/** `26 h`, `3 days`, `90 s` */
export function age(seconds: number): string {
  if (seconds >= 3 * 24 * HOUR) return `${decimals(seconds / (24 * HOUR))} days`;
  if (seconds >= HOUR) return `${decimals(seconds / HOUR)} h`;
  return seconds >= 120 ? `${decimals(seconds / 60)} min` : `${decimals(seconds)} s`;
}

const decimals = (value: number): string => String(Math.round(value * 10) / 10);

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

export function between(min: number | string | undefined, max: number | string | undefined): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  return min !== undefined ? `at least ${min}` : `at most ${max}`;
}
