/**
 * Models that run in Redshift: after the rows of this run are published there, over the tables of other models' sinks, all their rows. What
 * is asked of DuckDB is only how the SQL reads, and, where it can tell, which columns come of it.
 */
import { type Problem, show, suggest } from '../pipeline/errors';
import type { Model, Pipeline, Sink } from '../pipeline/types';
import { HISTORY_COLUMNS, type OutputColumn, type RedshiftSink } from '../tasks/common';
import type { RedshiftModel } from '../tasks/publish';
import { openCatalog, quoteName } from './duckdb';
import type { CompiledModel } from './models';
import { describeSql, OPAQUE, SqlError } from './sql';
import { toDuckDB } from './types-duckdb';

/** A sink of such a model, with what fills it. */
export interface DerivedSink {
  readonly sink: RedshiftSink;
  readonly model: RedshiftModel;
}

export const runsInRedshift = (model: Model | undefined): boolean =>
  model?.kind === 'sql' && model.engine === 'redshift';

const redshiftSinks = ({ sinks }: Pipeline, model: string) =>
  sinks.filter((sink): sink is Extract<Sink, { kind: 'redshift' }> => sink.kind === 'redshift' && sink.model === model);

/** `inputs`: what each model's SQL names. */
export function redshiftProblems(pipeline: Pipeline, inputs: ReadonlyMap<string, readonly string[]>): Problem[] {
  const names = Object.keys(pipeline.models).filter((name) => runsInRedshift(pipeline.models[name]));
  return [
    ...names.flatMap((name) => [
      ...sinkProblems(pipeline, name),
      ...(inputs.get(name) ?? []).flatMap((input) => inputProblems(pipeline, name, input)),
    ]),
    ...[...inputs].flatMap(([name, read]) =>
      runsInRedshift(pipeline.models[name])
        ? []
        : read
            .filter((input) => runsInRedshift(pipeline.models[input]))
            .map((input) => ({
              field: `models.${name}`,
              rule: `it reads '${input}', which runs in Redshift after this run's rows are published`,
              remedy: `Let it run there as well, by engine: 'redshift', or take the engine from '${input}'.`,
            })),
    ),
    ...(pipeline.checks ?? []).flatMap((check, index) =>
      [check.model, ...(check.kind === 'foreignKey' ? [check.references.model] : [])]
        .filter((model) => names.includes(model))
        .map((model) => ({
          field: `checks[${index}] (${check.kind})`,
          value: show(model),
          rule: 'checks look at rows before they are published, and this model runs in Redshift after that',
          remedy: 'Check the models that it reads.',
        })),
    ),
  ];
}

function sinkProblems({ sinks }: Pipeline, model: string): Problem[] {
  const own = sinks.map((sink, index) => ({ sink, index })).filter(({ sink }) => sink.model === model);
  if (own.length === 0) {
    const rule = 'it runs in Redshift, and no table there takes its rows';
    return [{ field: `models.${model}`, rule, remedy: `Add redshift({ model: '${model}', … }).` }];
  }
  return own.flatMap(({ sink, index }): Problem[] => {
    if (sink.kind !== 'redshift') {
      return [
        {
          field: `sinks[${index}].model`,
          value: show(model),
          rule: `that model runs in Redshift, and its rows do not come to ${sink.kind}`,
          remedy: 'Write it into redshift(), or take the engine from the model.',
        },
      ];
    }
    if (sink.write.mode !== 'scd2' || sink.write.newestBy !== undefined) return [];
    const rule = 'a model that runs in Redshift says what is so now, not since when';
    return [{ field: `sinks[${index}].write`, rule, remedy: "Name a time: scd2(key, { newestBy: 'updated_at' })." }];
  });
}

/** Its tables are those of other models with a redshift sink. */
export function unknownInRedshift(
  pipeline: Pipeline,
  model: string,
  field: string,
  tables: readonly string[],
): Problem[] {
  const known = [...Object.keys(pipeline.sources), ...Object.keys(pipeline.models)];
  const may = Object.keys(pipeline.models).filter(
    (name) => name !== model && redshiftSinks(pipeline, name).length === 1,
  );
  const list =
    may.length > 0 ? `It may name ${may.join(', ')}.` : "Give a model a sink, e.g. redshift({ model: 'orders', … }).";
  if (tables.length === 0)
    return [{ field, rule: 'it runs in Redshift, and its SQL names no model with a table there', remedy: list }];
  return tables
    .filter((table) => !known.includes(table))
    .map((table) => {
      const meant = may.length > 0 ? suggest(table, may) : '';
      const remedy = meant.startsWith('Did you mean') ? `${meant} ${list}` : list;
      return {
        field,
        value: show(table),
        rule: 'it runs in Redshift, where no model has a table of that name',
        remedy,
      };
    });
}

function inputProblems(pipeline: Pipeline, model: string, input: string): Problem[] {
  const field = `models.${model}`;
  if (input in pipeline.sources) {
    const rule = `it runs in Redshift, where the source '${input}' is not`;
    const remedy = `Name a model of it that has a redshift sink, e.g. ${input}_rows: sql.text('SELECT * FROM ${input}').`;
    return [{ field, rule, remedy }];
  }
  if (!(input in pipeline.models)) return [];
  const tables = redshiftSinks(pipeline, input);
  if (tables.length === 1) return [];
  if (tables.length === 0) {
    const rule = `it runs in Redshift, where '${input}' has no table`;
    return [{ field, rule, remedy: `Add redshift({ model: '${input}', … }), or take the engine from this model.` }];
  }
  const rule = `'${input}' has ${tables.length} tables in Redshift, and its SQL names only one`;
  return [{ field, rule, remedy: 'Give each table a model of its own.' }];
}

/** Columns that the SQL may name: those of the table, without bookkeeping. */
export function tableColumns(
  pipeline: Pipeline,
  { name, columns }: Pick<CompiledModel, 'name' | 'columns'>,
): OutputColumn[] {
  const [sink] = redshiftSinks(pipeline, name);
  return [...columns, ...(sink?.write.mode === 'scd2' ? HISTORY_COLUMNS : [])];
}

export const declareColumns = (engine: 'redshift' | 'spark'): string =>
  `Correct it, or, where ${engine === 'spark' ? 'Spark' : 'Redshift'} has what DuckDB has not, declare what comes of it: sql('…', { engine: '${engine}', columns: { … } }).`;

const WORDS = new RegExp(
  `(?<opaque>${OPAQUE.source.replace('(\\w*)', '(?<tag>\\w*)').replace('\\1', '\\k<tag>')})|\\w+|\\S`,
  'g',
);

/**
 * The tables that stand behind FROM and JOIN in SQL that DuckDB cannot read; `known` are those of the pipeline. Names of its WITH queries
 * are none.
 *
 * @throws {SqlError} where it is not one SELECT
 */
export function namedInRedshift(sql: string, known: readonly string[]): string[] {
  const words = [...sql.matchAll(WORDS)]
    .map(([word]) => word)
    .filter((word) => !/^(--|\/\*|')/.test(word))
    .map((word) => (word.startsWith('"') ? word.slice(1, -1) : word.toLowerCase()));
  if (words.includes(';') || !['select', 'with', '('].includes(words[0] ?? ''))
    throw new SqlError('a model is one SELECT', 'Select the rows; sinks say where they go.');
  const named = words.flatMap((word, index) => (word === 'from' || word === 'join' ? [index + 1] : []));
  for (const at of named) {
    if (words[at + 1] === '.')
      throw new SqlError(`'${words[at]}.${words[at + 2]}' has a schema`, 'Name models as they stand in pipeline.ts.');
  }
  return [...new Set(named.map((at) => words[at]!))].filter((name) => known.includes(name));
}

/**
 * As DuckDB binds it. Undefined where it cannot and the columns are declared: functions may be Redshift's own.
 *
 * @throws {SqlError}
 */
export async function describeInDuckDB(
  pipeline: Pipeline,
  sql: string,
  inputs: readonly Pick<CompiledModel, 'name' | 'columns'>[],
  isDeclared: boolean,
): Promise<{ name: string; type: string }[] | undefined> {
  const catalog = await openCatalog();
  try {
    for (const input of inputs) {
      const columns = tableColumns(pipeline, input).map(({ name, type }) => `${quoteName(name)} ${toDuckDB(type)}`);
      await catalog.query(`CREATE TABLE ${quoteName(input.name)} (${columns.join(', ')})`);
    }
    return await describeSql(sql, catalog);
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    if (isDeclared) return undefined;
    throw new SqlError(error.message, declareColumns('redshift'), error.excerpt);
  } finally {
    catalog.close();
  }
}

/** What is opaque stays as it is. */
const PLACEHOLDERS = new RegExp(`${OPAQUE.source}|\\{\\{\\s*interval\\.(?<edge>start|end)\\s*\\}\\}`, 'g');

/** Text, edge of the interval, text, … Names have been checked before. */
export function piecesOf(sql: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const match of sql.matchAll(PLACEHOLDERS)) {
    const edge = match.groups?.edge;
    if (edge === undefined) continue;
    pieces.push(sql.slice(from, match.index), edge);
    from = match.index + match[0].length;
  }
  return [...pieces, sql.slice(from)];
}

/** Level by level: a model may read the table of another such model. */
export function derivedSinks(
  pipeline: Pipeline,
  models: readonly CompiledModel[],
  sinks: readonly { readonly kind: string; readonly model: string }[],
): DerivedSink[][] {
  const inRedshift = sinks.filter((sink): sink is RedshiftSink => sink.kind === 'redshift');
  const levels = new Map<string, number>();
  for (const { name, inputs } of models) {
    if (runsInRedshift(pipeline.models[name])) {
      levels.set(name, 1 + Math.max(0, ...inputs.map((input) => levels.get(input) ?? 0)));
    }
  }
  const depth = Math.max(0, ...levels.values());
  return Array.from({ length: depth }, (_, index) =>
    inRedshift
      .filter(({ model }) => levels.get(model) === index + 1)
      .map((sink) => ({ sink, model: redshiftModel(pipeline, models, inRedshift, sink.model) })),
  );
}

function redshiftModel(
  pipeline: Pipeline,
  models: readonly CompiledModel[],
  sinks: readonly RedshiftSink[],
  name: string,
): RedshiftModel {
  const compiled = (wanted: string) => models.find((model) => model.name === wanted)!;
  const { inputs, redshiftSql } = compiled(name);
  return {
    name,
    sql: piecesOf(redshiftSql!),
    inputs: inputs.map((input) => {
      const { schema, table } = sinks.find(({ model }) => model === input)!;
      const columns = tableColumns(pipeline, compiled(input)).map((column) => column.name);
      return { name: input, schema, table, columns };
    }),
  };
}
