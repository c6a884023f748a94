/** What runs where, as plain data: which datasets each extract writes, which models each Transform level runs, in which formats. */
import { isLive, isTable } from '../pipeline/runs-of-stream';
import type { KinesisSink as KinesisStreamSink, Pipeline, RowFunctionModel, TableSink } from '../pipeline/types';
import type { Check } from '../tasks/check';
import type { DynamoSink, KinesisSink, OutputColumn, PartFormat, Sink } from '../tasks/common';
import { policyOf } from '../tasks/drift';
import type { FusedDataset } from '../tasks/extract-files';
import type { RawStore } from '../tasks/rebuild';
import type { LiveSink } from '../tasks/stream';
import type { TransformInput } from '../tasks/transform';
import type { CompiledContract } from './contract';
import { countedSink } from './counted';
import { bindInterval, runsHaveIntervals } from './interval-sql';
import { type CompiledModel, sourceColumns } from './models';
import { type DerivedSink, derivedSinks, runsInRedshift } from './redshift-models';
import type { SparkModel } from './spark-models';

export type TransformModel = TransformInput['model'];

/** Of a VARCHAR; COPY fails for a longer one, whatever the other rows are. */
export const MOST_REDSHIFT_BYTES = 65_535;

export interface PlannedModel {
  /** without SQL for a row function */
  readonly model: TransformModel;
  /** fans out over parts of its one input */
  readonly isRowWise: boolean;
  readonly rowFunction?: RowFunctionModel;
  /** absent: it runs in a function */
  readonly spark?: SparkModel;
  /** longest text that a target of its rows can hold; absent: no limit */
  readonly mostTextBytes?: number;
}

export interface Plan {
  /** for each source, in the order of its SQL's dependencies */
  readonly datasets: ReadonlyMap<string, readonly FusedDataset[]>;
  /** models that do not run in the read of a file, level by level */
  readonly levels: readonly (readonly PlannedModel[])[];
  /** tables that runs write */
  readonly sinks: readonly Sink[];
  /** streams that runs put records on, when everything else is published */
  readonly puts: readonly KinesisSink[];
  /** tables that are written record by record */
  readonly live: readonly LiveSink[];
  /** tables of aggregates */
  readonly counted: readonly DynamoSink[];
  /** where all records of its stream are kept; absent: nothing can be rebuilt */
  readonly raw?: RawStore;
  /** of `live`: those that a run writes which rebuilds a time span */
  readonly rebuilt: readonly Sink[];
  /** sinks of models that run in Redshift, level by level: nothing is loaded for them */
  readonly derived: readonly (readonly DerivedSink[])[];
  /** sources whose values end in Redshift */
  readonly inRedshift: ReadonlySet<string>;
  /** a sink appends what a source with a cursor has given: what is read twice would be there twice */
  readonly appends: boolean;
  /** files of the user's TypeScript, by the source or model that they are for: absolute paths */
  readonly userCode: ReadonlyMap<string, string>;
  /** models that other pipelines read */
  readonly readByOthers: ReadonlySet<string>;
  /** pipelines that start when this one has published */
  readonly starts: readonly string[];
  readonly checks: readonly Check[];
  /** models that the checks read */
  readonly checked: readonly { readonly name: string; readonly columns: readonly OutputColumn[] }[];
}

export function makePlan(
  pipeline: Pipeline,
  models: readonly CompiledModel[],
  {
    userCode,
    readByOthers,
    starts,
    raw,
    contracts,
    environment,
  }: Pick<Plan, 'userCode' | 'readByOthers' | 'starts'> & {
    readonly raw?: RawStore | undefined;
    /** by stream */
    readonly contracts: ReadonlyMap<string, CompiledContract>;
    readonly environment?: string | undefined;
  },
): Plan {
  const ofRuns = pipeline.sinks.filter(isTable).filter((sink) => !isLive(sink));
  const columnsOf = (dataset: string): readonly OutputColumn[] => {
    const source = pipeline.sources[dataset];
    return source ? sourceColumns(source) : models.find(({ name }) => name === dataset)!.columns;
  };
  const tableSink = (sink: TableSink) => planSink(pipeline, sink, columnsOf(sink.model), environment);
  const sinks = ofRuns.map(tableSink);
  const live = pipeline.sinks.filter(isLive).map(tableSink) as LiveSink[];
  const rebuilt = raw ? live : [];
  const { aggregates = [], source = '' } = pipeline.stream ?? {};
  const counted = aggregates.map((aggregate) =>
    countedSink(aggregate, itemsTable(aggregate.table, environment), source, columnsOf(aggregate.model ?? source)),
  );
  const puts = pipeline.sinks.flatMap((sink) =>
    sink.kind === 'kinesis'
      ? [planPut(pipeline, sink, columnsOf(sink.model), contracts.get(sink.stream), environment)]
      : [],
  );
  // Those of models that run in Redshift are looked at there.
  const staged = ofRuns.filter(({ model }) => !runsInRedshift(pipeline.models[model]));
  const checks = [...(pipeline.checks ?? []), ...keyChecks({ ...pipeline, sinks: staged })].map((check) =>
    check.kind === 'sqlCheck'
      ? { ...check, condition: bindInterval(check.condition, runsHaveIntervals(pipeline)) }
      : check,
  );
  const wholeInput = models.filter(({ level }) => level !== undefined);
  const readWhole = new Set(wholeInput.flatMap(({ inputs }) => inputs));
  const appended = raw ? ofRuns.flatMap(({ model, write }) => (write.mode === 'append' ? [model] : [])) : [];
  const checkedNames = new Set([
    ...appended,
    ...checks.flatMap((check) => [check.model, ...(check.kind === 'foreignKey' ? [check.references.model] : [])]),
  ]);

  const formatsOf = (dataset: string): PartFormat[] => {
    const of = [...sinks, ...puts, ...rebuilt].filter(({ model }) => model === dataset);
    const parquet =
      readWhole.has(dataset) ||
      readByOthers.has(dataset) ||
      checkedNames.has(dataset) ||
      of.some(({ kind }) => kind !== 'postgres');
    return [
      ...(parquet ? (['parquet'] as const) : []),
      ...(of.some(({ kind }) => kind === 'postgres') ? (['csv'] as const) : []),
    ];
  };

  const datasets = new Map(
    Object.entries(pipeline.sources)
      .filter(([, { kind }]) => kind === 'landedFiles')
      .map(([name, source]) => [
        name,
        [
          ...(readWhole.has(name) || rebuilt.some(({ model }) => model === name)
            ? [{ name, columns: sourceColumns(source), formats: formatsOf(name) }]
            : []),
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

  const inRedshift = inputsOf(
    pipeline.sinks.filter(({ kind }) => kind === 'redshift'),
    models,
  );
  const depth = Math.max(0, ...wholeInput.map(({ level }) => level!));
  const levels = Array.from({ length: depth }, (_, index) =>
    wholeInput
      .filter(({ level }) => level === index + 1)
      .map(
        ({ name, sql, columns, inputs, isRowWise = false, rowFunction, spark }): PlannedModel => ({
          model: {
            name,
            sql,
            columns: [...columns],
            formats: formatsOf(name),
            inputs: inputs.map((input) => ({ name: input, columns: [...columnsOf(input)] })),
          },
          isRowWise,
          ...(rowFunction === undefined ? {} : { rowFunction }),
          ...(spark === undefined ? {} : { spark }),
          ...(inRedshift.has(name) ? { mostTextBytes: MOST_REDSHIFT_BYTES } : {}),
        }),
      ),
  );

  const checked = [...checkedNames].map((name) => ({ name, columns: columnsOf(name) }));
  return {
    datasets,
    levels,
    sinks,
    puts,
    live,
    counted,
    ...(raw ? { raw } : {}),
    rebuilt,
    derived: derivedSinks(pipeline, models, sinks),
    userCode,
    readByOthers,
    starts,
    inRedshift,
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

function planSink(
  pipeline: Pipeline,
  sink: TableSink,
  columns: readonly OutputColumn[],
  environment: string | undefined,
): Sink {
  const common = {
    id: `${sink.kind}:${sink.table}`,
    model: sink.model,
    columns: [...columns],
    write: sink.write,
    evolve: !runsInRedshift(pipeline.models[sink.model]) && evolves(pipeline),
  };
  if (sink.kind === 'lake') {
    return {
      kind: 'lake',
      ...common,
      database: lakeDatabase(pipeline.name, environment),
      table: sink.table,
      partitionBy: [...sink.partitionBy],
    };
  }
  if (sink.kind === 'dynamoTable') {
    const { key, ttl } = sink;
    const table = itemsTable(sink.table, environment);
    return { kind: 'dynamoTable', ...common, table, key: { ...key }, ...(ttl === undefined ? {} : { ttl }) };
  }
  const [schema, table] = sink.table.split('.') as [string, string];
  if (sink.kind === 'keyspaces') {
    const { key, ttl } = sink;
    return {
      kind: 'keyspaces',
      ...common,
      // Its columns are those of the template.
      evolve: false,
      keyspace: keyspaceOf(schema, environment),
      table,
      key: { partitionKey: [...key.partitionKey], clusteringKey: [...(key.clusteringKey ?? [])] },
      ...(ttl === undefined ? {} : { ttl }),
    };
  }
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

const evolves = ({ sources, models }: Pipeline): boolean =>
  [...Object.values(sources), ...Object.values(models)].some(
    (one) => 'onDrift' in one && policyOf(one.onDrift).newColumns === 'evolve',
  );

const planPut = (
  pipeline: Pipeline,
  { kind, model, write, stream, partitionBy, external }: KinesisStreamSink,
  columns: readonly OutputColumn[],
  contract: CompiledContract | undefined,
  environment: string | undefined,
): KinesisSink => ({
  kind,
  id: `${kind}:${stream}`,
  model,
  columns: [...columns],
  write,
  evolve: evolves(pipeline),
  stream: external ? stream : streamName(stream, environment),
  partitionBy,
  ...(contract
    ? { schema: { registry: contract.spec.registry, name: contract.spec.name, definition: contract.spec.current } }
    : {}),
});

/** A Glue database for each pipeline: grants stay narrow. An account has one catalog, which its environments share. */
export const lakeDatabase = (pipeline: string, environment?: string): string =>
  `${environment === undefined ? '' : `${environment}_`}${pipeline.replaceAll('-', '_')}`;

/** And so are keyspaces. */
export const keyspaceOf = (keyspace: string, environment?: string): string =>
  environment === undefined ? keyspace : `${environment.replaceAll('-', '_')}_${keyspace}`;

/** DynamoDB's tables as well are one another's neighbours in an account. */
export const itemsTable = (table: string, environment?: string): string =>
  environment === undefined ? table : `${environment}-${table}`;

/** As are streams. */
export const streamName = itemsTable;

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
