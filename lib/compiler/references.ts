/** Columns that sinks and checks name must be columns of their model: known only once DuckDB has described the SQL. */
import { type Problem, show, suggest } from '../pipeline/errors';
import type { Check, Pipeline, Sink } from '../pipeline/types';
import type { OutputColumn } from '../tasks/common';
import { type Catalog, openCatalog, quoteName } from './duckdb';
import type { CompiledModel } from './models';
import { toDuckDB } from './types-duckdb';

export async function validateColumns(pipeline: Pipeline, models: readonly CompiledModel[]): Promise<Problem[]> {
  const columnsOf = (model: string): readonly OutputColumn[] => models.find(({ name }) => name === model)!.columns;
  const problems = [
    ...pipeline.sinks.flatMap((sink, index) => sinkProblems(sink, `sinks[${index}]`, columnsOf(sink.model))),
    ...(pipeline.checks ?? []).flatMap((check, index) =>
      named(`checks[${index}] (${check.kind})`, check.model, columnsOfCheck(check), columnsOf(check.model)),
    ),
  ];
  return problems.length > 0 ? problems : conditionProblems(pipeline, models);
}

function sinkProblems(sink: Sink, field: string, columns: readonly OutputColumn[]): Problem[] {
  const named_ = (part: string, names: readonly string[]) => named(`${field}.${part}`, sink.model, names, columns);
  const problems: Problem[] = [];
  if (sink.write.mode === 'merge') {
    problems.push(...named_('write.keys', sink.write.keys));
    problems.push(...named_('write.newestBy', sink.write.newestBy === undefined ? [] : [sink.write.newestBy]));
    for (const key of sink.write.keys) {
      const type = columns.find(({ name }) => name === key)?.type.type;
      if (type === 'json' || type === 'double') {
        problems.push({
          field: `${field}.write.keys`,
          value: show(key),
          rule: `a ${type} column cannot be a key`,
          remedy: 'Use another column, or CAST it.',
        });
      }
    }
  }
  if (sink.kind === 'redshift') {
    problems.push(
      ...named_('distKey', sink.distKey === undefined ? [] : [sink.distKey]),
      ...named_('sortKey', sink.sortKey ?? []),
    );
  }
  if (sink.kind === 'lake')
    problems.push(...lakeProblems(sink.partitionBy, field, columns), ...named_('partitionBy', sink.partitionBy));
  return problems;
}

const PARTITION_TYPES = new Set(['bigint', 'integer', 'text', 'date', 'boolean']);

function lakeProblems(partitionBy: readonly string[], field: string, columns: readonly OutputColumn[]): Problem[] {
  const problems: Problem[] = [];
  for (const name of partitionBy) {
    const type = columns.find((column) => column.name === name)?.type.type;
    if (type !== undefined && !PARTITION_TYPES.has(type)) {
      problems.push({
        field: `${field}.partitionBy`,
        value: show(name),
        rule: `a ${type} column has too many values for a partition`,
        remedy: 'Partition by a date, a number or a short text.',
      });
    }
  }
  if (columns.length > 0 && columns.every(({ name }) => partitionBy.includes(name))) {
    problems.push({
      field: `${field}.partitionBy`,
      rule: 'every column is a partition column, so no file would hold a row',
      remedy: 'Leave one out.',
    });
  }
  return problems;
}

function columnsOfCheck(check: Check): readonly string[] {
  switch (check.kind) {
    case 'notNull':
    case 'accepted':
    case 'between':
      return [check.column];
    case 'unique':
      return check.columns;
    default:
      return [];
  }
}

const named = (field: string, model: string, names: readonly string[], columns: readonly OutputColumn[]): Problem[] =>
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

/** Binds each sqlCheck's condition to an empty table of its model. */
async function conditionProblems(pipeline: Pipeline, models: readonly CompiledModel[]): Promise<Problem[]> {
  const checks = (pipeline.checks ?? []).flatMap((check, index) =>
    check.kind === 'sqlCheck' ? [{ check, index }] : [],
  );
  if (checks.length === 0) return [];
  const catalog = await openCatalog();
  try {
    for (const { name, columns } of models) {
      const list = columns.map((column) => `${quoteName(column.name)} ${toDuckDB(column.type)}`).join(', ');
      await catalog.query(`CREATE TABLE ${quoteName(name)} (${list})`);
    }
    const problems: Problem[] = [];
    for (const { check, index } of checks) {
      const problem = await conditionProblem(catalog, check.model, check.condition);
      if (problem) problems.push({ field: `checks[${index}] (sqlCheck)`, value: show(check.condition), ...problem });
    }
    return problems;
  } finally {
    catalog.close();
  }
}

async function conditionProblem(
  catalog: Catalog,
  model: string,
  condition: string,
): Promise<Omit<Problem, 'field'> | undefined> {
  try {
    const [row] = await catalog.query(`DESCRIBE SELECT (${condition}\n) AS holds FROM ${quoteName(model)}`);
    if (row!.column_type === 'BOOLEAN') return undefined;
    return {
      rule: `a condition is true or false, this is ${String(row!.column_type)}`,
      remedy: 'Compare it with something.',
    };
  } catch (error) {
    return { rule: (error as Error).message.split('\n')[0]!, remedy: 'Correct the condition (DuckDB SQL).' };
  }
}
