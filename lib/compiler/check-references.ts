/** Columns and patterns that checks name: known only once DuckDB has described the SQL of their models. */
import { type Problem, show, suggest } from '../pipeline/errors';
import type { Check, Pipeline } from '../pipeline/types';
import type { ColumnType, OutputColumn } from '../tasks/common';
import type { Catalog } from './duckdb';
import { hashedProblems } from './hashed-columns';
import { patternMistake } from './pattern-mistakes';
import { bindingError } from './sql';

type Columns = readonly OutputColumn[];
type Type = ColumnType['type'];

/** `columnsOf`: of a model that compiled. */
export function checkProblems(
  check: Check,
  field: string,
  columnsOf: (model: string) => Columns | undefined,
  sources: Pipeline['sources'],
): Problem[] {
  const columns = columnsOf(check.model);
  if (columns === undefined) return [];
  const hashed = hashedProblems(check, field, columns, sources);
  if (hashed.length > 0) return hashed;
  const unknown = (names: readonly string[]) => named(field, check.model, names, columns);
  switch (check.kind) {
    case 'notNull':
      return unknown([check.column]);
    case 'unique':
      return unknown(check.columns);
    case 'accepted':
      return [
        ...unknown([check.column]),
        ...documents(field, check.column, columns),
        ...check.values.flatMap((value) => valueProblem(field, check.column, value, columns)),
      ];
    case 'between':
      return [
        ...unknown([check.column]),
        ...documents(field, check.column, columns),
        ...[check.min, check.max].flatMap((value) =>
          value === undefined ? [] : valueProblem(field, check.column, value, columns),
        ),
      ];
    case 'freshness':
      return [
        ...unknown([check.column]),
        ...unfit(field, check.column, columns, ['date', 'timestamp'], 'says no time', 'Name a date or timestamp'),
      ];
    case 'matches':
      return [
        ...unknown([check.column]),
        ...unfit(field, check.column, columns, ['text'], 'has no text to match', 'Name a text column'),
      ];
    case 'distribution':
      return [
        ...unknown([check.column]),
        ...((check.mean ?? check.stddev)
          ? unfit(field, check.column, columns, NUMERIC, 'has no mean and no deviation', 'Name a numeric column')
          : []),
      ];
    case 'foreignKey':
      if (check.references.model === check.model && String(check.references.columns) === String(check.columns)) {
        const rule = 'each value is in its own column, so the check always holds';
        return [
          {
            field,
            value: show(check.columns.join(', ')),
            rule,
            remedy: 'Name the model, or the columns, that they refer to.',
          },
        ];
      }
      return [...unknown(check.columns), ...referenceProblems(check, field, columns, columnsOf)];
    default:
      return [];
  }
}

function documents(field: string, column: string, columns: Columns): Problem[] {
  if (typeOf(columns, column) !== 'json') return [];
  const rule = 'a document is no value that others could be compared with';
  return [
    {
      field,
      value: show(column),
      rule,
      remedy: `Check a member of it, by sqlCheck(model, "${column}->>'status' = 'paid'").`,
    },
  ];
}

const NUMERIC: readonly Type[] = ['bigint', 'integer', 'decimal', 'double'];

function unfit(
  field: string,
  column: string,
  columns: Columns,
  fit: readonly Type[],
  rule: string,
  remedy: string,
): Problem[] {
  const type = typeOf(columns, column);
  if (type === undefined || fit.includes(type)) return [];
  return [
    { field, value: show(column), rule: `a ${type} column ${rule}`, remedy: `${remedy}, or CAST it in the SQL.` },
  ];
}

/** Types that are compared with one another without a loss. */
const FAMILIES: readonly (readonly Type[])[] = [NUMERIC, ['text'], ['boolean'], ['date', 'timestamp']];

function referenceProblems(
  { columns: names, references }: Extract<Check, { kind: 'foreignKey' }>,
  field: string,
  columns: Columns,
  columnsOf: (model: string) => Columns | undefined,
): Problem[] {
  const others = columnsOf(references.model);
  if (others === undefined) return [];
  const unknown = named(field, references.model, references.columns, others);
  if (unknown.length > 0) return unknown;
  return names.flatMap((name, index) => {
    const own = typeOf(columns, name);
    const other = typeOf(others, references.columns[index] ?? '');
    if (own === undefined || other === undefined) return [];
    if (FAMILIES.some((family) => family.includes(own) && family.includes(other))) return [];
    const rule = `a ${own} column is never equal to ${references.model}.${references.columns[index]}, which is ${other}`;
    return [{ field, value: show(name), rule, remedy: 'Name columns of one type, or CAST one in the SQL.' }];
  });
}

/** DuckDB reads the pattern as the run will. */
export async function patternProblem(
  { pattern, flags }: Extract<Check, { kind: 'matches' }>,
  catalog: Catalog,
): Promise<Omit<Problem, 'field'> | undefined> {
  try {
    await catalog.query(`SELECT regexp_matches('', '${inFlags(pattern, flags).replaceAll("'", "''")}')`);
    return undefined;
  } catch (error) {
    return { value: `/${pattern}/${flags}`, ...patternMistake(pattern, bindingError(pattern, error, 0).message) };
  }
}

/** RE2 has flags inside of the pattern. */
const inFlags = (pattern: string, flags: string): string => (flags === '' ? pattern : `(?${flags})${pattern}`);

/** A value that the column cannot have: the comparison would fail, after all the work of the run. */
function valueProblem(field: string, column: string, value: string | number | boolean, columns: Columns): Problem[] {
  const type = typeOf(columns, column);
  const wanted = type === undefined ? undefined : VALUES[type];
  if (wanted === undefined || wanted.fits(value)) return [];
  return [{ field, value: show(value), rule: `${column} is a ${type} column`, remedy: `Give ${wanted.like}.` }];
}

const isIsoDate = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value) && !Number.isNaN(Date.parse(value));
const isNumber = { fits: (value: unknown) => typeof value === 'number', like: 'a number' };
const VALUES: Readonly<Record<Type, { fits: (value: unknown) => boolean; like: string } | undefined>> = {
  bigint: isNumber,
  integer: isNumber,
  decimal: isNumber,
  double: isNumber,
  text: { fits: (value) => typeof value === 'string', like: 'a text' },
  boolean: { fits: (value) => typeof value === 'boolean', like: 'true or false' },
  date: { fits: isIsoDate, like: "a day, e.g. '2026-01-31'" },
  timestamp: { fits: isIsoDate, like: "a time, e.g. '2026-01-31T12:00:00Z'" },
  json: undefined,
};

export const typeOf = (columns: Columns, name: string): Type | undefined =>
  columns.find((column) => column.name === name)?.type.type;

export const named = (field: string, model: string, names: readonly string[], columns: Columns): Problem[] =>
  names
    .filter((name) => !columns.some((column) => column.name === name))
    .map((name) => ({
      field,
      value: show(name),
      rule: `model '${model}' has no such column`,
      remedy: suggest(
        name,
        columns.map((column) => column.name),
      ),
    }));
