/** What runs where, as plain data: which datasets each extract writes, which models each Transform level runs, in which formats. */
import type { Pipeline } from '../pipeline/types';
import type { Check } from '../tasks/check';
import type { OutputColumn, PartFormat, Sink } from '../tasks/common';
import type { FusedDataset } from '../tasks/extract-files';
import type { TransformInput } from '../tasks/transform';
import { bindInterval } from './interval-sql';
import { type CompiledModel, sourceColumns } from './models';

export type TransformModel = TransformInput['model'];

export interface Plan {
  /** for each source, in the order of its SQL's dependencies */
  readonly datasets: ReadonlyMap<string, readonly FusedDataset[]>;
  /** whole-input models, level by level */
  readonly levels: readonly (readonly TransformModel[])[];
  readonly sinks: readonly Sink[];
  /** sources whose values end in Redshift */
  readonly inRedshift: ReadonlySet<string>;
  /** a sink appends what a source with a cursor has given: what is read twice would be there twice */
  readonly appends: boolean;
  /** files of the user's TypeScript, by the source or model that they are for: absolute paths */
  readonly userCode: ReadonlyMap<string, string>;
  readonly checks: readonly Check[];
  /** models that the checks read */
  readonly checked: readonly { readonly name: string; readonly columns: readonly OutputColumn[] }[];
}

export function makePlan(
  pipeline: Pipeline,
  models: readonly CompiledModel[],
  userCode: ReadonlyMap<string, string>,
): Plan {
  const sinks = pipeline.sinks.map((sink) => planSink(pipeline, sink, models));
  const checks = [...(pipeline.checks ?? []), ...keyChecks(pipeline)].map((check) =>
    check.kind === 'sqlCheck'
      ? { ...check, condition: bindInterval(check.condition, pipeline.trigger.kind === 'cron') }
      : check,
  );
  const wholeInput = models.filter(({ level }) => level !== undefined);
  const readWhole = new Set(wholeInput.flatMap(({ inputs }) => inputs));
  const checkedNames = new Set(
    checks.flatMap((check) => [check.model, ...(check.kind === 'foreignKey' ? [check.references.model] : [])]),
  );

  const formatsOf = (dataset: string): PartFormat[] => {
    const of = sinks.filter(({ model }) => model === dataset);
    const parquet = readWhole.has(dataset) || checkedNames.has(dataset) || of.some(({ kind }) => kind !== 'postgres');
    return [
      ...(parquet ? (['parquet'] as const) : []),
      ...(of.some(({ kind }) => kind === 'postgres') ? (['csv'] as const) : []),
    ];
  };
  const columnsOf = (dataset: string): readonly OutputColumn[] => {
    const source = pipeline.sources[dataset];
    return source ? sourceColumns(source) : models.find(({ name }) => name === dataset)!.columns;
  };

  const datasets = new Map(
    Object.entries(pipeline.sources)
      .filter(([, { kind }]) => kind === 'landedFiles')
      .map(([name, source]) => [
        name,
        [
          ...(readWhole.has(name) ? [{ name, columns: sourceColumns(source), formats: formatsOf(name) }] : []),
          ...models
            .filter(({ fusedInto }) => fusedInto === name)
            .map((model) => ({
              name: model.name,
              sql: model.sql,
              columns: [...model.columns],
              formats: formatsOf(model.name),
            })),
        ],
      ]),
  );

  const depth = Math.max(0, ...wholeInput.map(({ level }) => level!));
  const levels = Array.from({ length: depth }, (_, index) =>
    wholeInput
      .filter(({ level }) => level === index + 1)
      .map((model) => ({
        name: model.name,
        sql: model.sql,
        columns: [...model.columns],
        formats: formatsOf(model.name),
        inputs: model.inputs.map((input) => ({ name: input, columns: [...columnsOf(input)] })),
      })),
  );

  const checked = [...checkedNames].map((name) => ({ name, columns: columnsOf(name) }));
  return {
    datasets,
    levels,
    sinks,
    userCode,
    inRedshift: inputsOf(
      pipeline.sinks.filter(({ kind }) => kind === 'redshift'),
      models,
    ),
    appends: appendsRowsOfCursors(pipeline, models),
    checks,
    checked,
  };
}

/** Everything that a sink's rows are made of: its model, and by way of it other models and sources. */
function inputsOf(sinks: Pipeline['sinks'], models: readonly CompiledModel[]): Set<string> {
  const found = new Set(sinks.map(({ model }) => model));
  // A set hands out what is added to it while it is gone through.
  for (const name of found)
    for (const input of models.find((model) => model.name === name)?.inputs ?? []) found.add(input);
  return found;
}

function appendsRowsOfCursors({ sources, sinks }: Pipeline, models: readonly CompiledModel[]): boolean {
  const appended = inputsOf(
    sinks.filter(({ write }) => write.mode === 'append'),
    models,
  );
  return Object.entries(sources).some(
    ([name, source]) => 'cursor' in source && source.cursor !== undefined && appended.has(name),
  );
}

function planSink(pipeline: Pipeline, sink: Pipeline['sinks'][number], models: readonly CompiledModel[]): Sink {
  const columns = [...models.find(({ name }) => name === sink.model)!.columns];
  const common = {
    id: `${sink.kind}:${sink.table}`,
    model: sink.model,
    columns,
    write: sink.write,
    evolve: Object.values(pipeline.sources).some(({ onDrift }) => onDrift === 'evolve'),
  };
  if (sink.kind === 'lake') {
    return {
      kind: 'lake',
      ...common,
      database: lakeDatabase(pipeline.name),
      table: sink.table,
      partitionBy: [...sink.partitionBy],
    };
  }
  if (sink.kind === 'dynamoTable') {
    const { table, key, ttl } = sink;
    return { kind: 'dynamoTable', ...common, table, key: { ...key }, ...(ttl === undefined ? {} : { ttl }) };
  }
  const [schema, table] = sink.table.split('.') as [string, string];
  if (sink.kind === 'postgres') return { kind: 'postgres', ...common, schema, table };
  return {
    kind: 'redshift',
    ...common,
    schema,
    table,
    ...(sink.distKey === undefined ? {} : { distKey: sink.distKey }),
    ...(sink.sortKey === undefined ? {} : { sortKey: [...sink.sortKey] }),
  };
}

/** A Glue database for each pipeline: grants stay narrow. */
export const lakeDatabase = (pipeline: string): string => pipeline.replaceAll('-', '_');

/** A row without its key, or its place in history or an interval, could never be found again. */
function keyChecks(pipeline: Pipeline): Check[] {
  const wanted = pipeline.sinks.flatMap(({ model, write }) =>
    'keys' in write
      ? [...write.keys, ...(write.mode === 'scd2' && write.newestBy !== undefined ? [write.newestBy] : [])].map(
          (column) => ({ model, column }),
        )
      : [],
  );
  const intervals = pipeline.sinks.flatMap(({ model, write }): Check[] =>
    write.mode === 'replace' && write.interval !== undefined
      ? [{ kind: 'inInterval', model, column: write.interval, severity: 'error' }]
      : [],
  );
  const notNull = wanted
    .filter(
      ({ model, column }, index) =>
        wanted.findIndex((other) => other.model === model && other.column === column) === index &&
        !(pipeline.checks ?? []).some(
          (check) =>
            check.kind === 'notNull' && check.model === model && check.column === column && check.severity === 'error',
        ),
    )
    .map(({ model, column }): Check => ({ kind: 'notNull', model, column, severity: 'error' }));
  return [...notNull, ...intervals];
}
