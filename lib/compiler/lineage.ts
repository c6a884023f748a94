/** What the tables of a pipeline are made of, as plain data: sources, SQL, columns. */
import { literalEnds } from '../pipeline/globs';
import type { Pipeline, Source } from '../pipeline/types';
import { BOOKKEEPING_COLUMNS, type ColumnType, HISTORY_COLUMNS, type OutputColumn, type Sink } from '../tasks/common';
import { replaceTokens } from '../tasks/dated-globs';
import { CQL_BOOKKEEPING } from '../tasks/keyspaces';
import type {
  LineageColumn,
  LineageOptions,
  LineageOrigin,
  LineagePlace,
  LineagePlan,
  LineageSource,
  LineageTable,
  LineageTarget,
} from '../tasks/lineage';
import { made } from './column-origins';
import { type CompiledModel, sourceColumns } from './models';
import type { Plan } from './plan';
import { runsInRedshift } from './redshift-models';
import type { CompiledPipeline, EnvironmentName, FunctionSpec, Grant } from './types';

/** `upstream`: what the pipeline publishes whose runs start those of this one. */
export function lineagePlan(
  pipeline: Pipeline,
  models: readonly CompiledModel[],
  { sinks }: Plan,
  upstream: LineagePlan | undefined,
): LineagePlan {
  const made = new Made(pipeline, models, sinks);
  return {
    pipeline: pipeline.name,
    description: pipeline.description ?? `Stepwell pipeline ${pipeline.name}`,
    sources: Object.entries(pipeline.sources).map(([name, source]) => lineageSource(name, source, upstream)),
    tables: sinks.map((sink) => made.table(sink)),
  };
}

function lineageSource(name: string, source: Source, upstream: LineagePlan | undefined): LineageSource {
  return { name, columns: sourceColumns(source).map(written), places: placesOf(source, upstream) };
}

function placesOf(source: Source, upstream: LineagePlan | undefined): LineagePlace[] {
  if (source.kind === 'landedFiles') {
    const prefixes = new Set(source.files.map(({ glob }) => folderOf(glob)));
    return [...prefixes].map((prefix) => ({ kind: 'landing', prefix }));
  }
  if (source.kind === 'published') {
    const tables = upstream?.tables.filter(({ model }) => model === source.model) ?? [];
    return [{ kind: 'published', targets: tables.map(({ target }) => target) }];
  }
  const { config } = source;
  switch (config.kind) {
    case 'httpApi':
      return [{ kind: 'http', url: config.url }];
    case 'mysql':
    case 'postgres':
      return [
        {
          kind: 'database',
          engine: config.kind,
          secret: config.secret,
          ...(config.table === undefined ? {} : { table: config.table }),
        },
      ];
    case 'dynamoDb':
      return [{ kind: 'dynamoDb', table: config.table }];
    case 'custom':
      return [{ kind: 'custom' }];
  }
}

/** The folders before the first wildcard or date: `clicks` of `clicks/{yyyy}/{MM}/{dd}/*.gz`, nothing of `*.csv`. */
function folderOf(glob: string): string {
  const { prefix } = literalEnds(replaceTokens(glob, () => '*'));
  return prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')));
}

class Made {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly models: readonly CompiledModel[],
    private readonly sinks: readonly Sink[],
  ) {}

  table(sink: Sink): LineageTable {
    const model = this.model(sink.model)!;
    const isDerived = runsInRedshift(this.pipeline.models[sink.model]);
    const chain = isDerived ? [model] : this.chainOf(model);
    const inputs = new Set(chain.flatMap((one) => one.inputs));
    const sql = sqlOf(chain);
    const origins = this.originsOf(model, isDerived);
    return {
      sink: sink.id,
      model: sink.model,
      target: targetOf(sink),
      columns: columnsOf(sink).map(written),
      overwrites: sink.write.mode === 'replace' && sink.write.interval === undefined,
      models: chain.map(({ name }) => name),
      sources: Object.keys(this.pipeline.sources).filter((name) => inputs.has(name)),
      tables: isDerived ? model.inputs.flatMap((input) => this.redshiftSink(input)?.id ?? []) : [],
      ...(sql === '' ? {} : { sql, dialect: isDerived ? 'redshift' : model.spark ? 'spark' : 'duckdb' }),
      ...(origins === undefined ? {} : { origins }),
    };
  }

  private model(name: string): CompiledModel | undefined {
    return this.models.find((model) => model.name === name);
  }

  private redshiftSink(model: string): Sink | undefined {
    return this.sinks.find((sink) => sink.kind === 'redshift' && sink.model === model);
  }

  /** The model and all before it, in the order of their work. */
  private chainOf(model: CompiledModel): CompiledModel[] {
    const wanted = new Set([model.name]);
    // A set hands out what is added to it while it is gone through.
    for (const name of wanted) for (const input of this.model(name)?.inputs ?? []) wanted.add(input);
    return this.models.filter(({ name }) => wanted.has(name));
  }

  /** Down to the sources, or to the tables that a model in Redshift reads. Undefined where a step of it is not known. */
  private originsOf(
    { origins, columns }: CompiledModel,
    isDerived: boolean,
  ): Record<string, LineageOrigin[]> | undefined {
    if (origins === undefined) return undefined;
    const found: Record<string, LineageOrigin[]> = {};
    for (const { name } of columns) {
      const all: LineageOrigin[][] = [];
      for (const origin of origins.get(name) ?? []) {
        const before = isDerived ? [origin] : this.before(origin);
        if (before === undefined) return undefined;
        all.push(before);
      }
      found[name] = made('IDENTITY', all).filter(({ column }) => !column.startsWith('_'));
    }
    return found;
  }

  private before(origin: LineageOrigin): LineageOrigin[] | undefined {
    const source = this.pipeline.sources[origin.of];
    if (source !== undefined) {
      const isMasked = source.columns[origin.column]?.protection !== undefined;
      return [isMasked ? { ...origin, masked: true } : origin];
    }
    const own = this.model(origin.of)?.origins?.get(origin.column);
    if (own === undefined) return undefined;
    const all: LineageOrigin[][] = [];
    for (const one of own) {
      const before = this.before(one);
      if (before === undefined) return undefined;
      all.push(before);
    }
    return made(origin.how, all);
  }
}

/** Of several models each with its name. */
function sqlOf(chain: readonly CompiledModel[]): string {
  const texts = chain.flatMap(({ name, redshiftSql, written: text = redshiftSql }) =>
    text === undefined ? [] : [{ name, text }],
  );
  if (texts.length === 1) return texts[0]!.text;
  return texts.map(({ name, text }) => `-- ${name}\n${text};\n`).join('\n');
}

function targetOf(sink: Sink): LineageTarget {
  switch (sink.kind) {
    case 'redshift':
    case 'postgres':
      return { kind: sink.kind, schema: sink.schema, table: sink.table };
    case 'lake':
      return { kind: 'lake', database: sink.database, table: sink.table };
    case 'dynamoTable':
      return { kind: 'dynamoTable', table: sink.table };
    case 'keyspaces':
      return { kind: 'keyspaces', keyspace: sink.keyspace, table: sink.table };
  }
}

const columnsOf = ({ kind, columns, write }: Sink): OutputColumn[] => [
  ...columns,
  ...(write.mode === 'scd2' ? HISTORY_COLUMNS : []),
  ...(kind === 'keyspaces' ? CQL_BOOKKEEPING.map((column) => ({ ...column, nullable: true })) : BOOKKEEPING_COLUMNS),
];

const written = ({ name, type }: Pick<OutputColumn, 'name' | 'type'>): LineageColumn => ({
  name,
  type: typeText(type),
});

function typeText(type: ColumnType): string {
  if (type.type === 'decimal') return `decimal(${type.precision},${type.scale})`;
  if (type.type === 'text') return type.length === undefined ? 'text' : `varchar(${type.length})`;
  return type.type;
}

/** With the function that tells of its runs. `version`: Stepwell's */
export function withLineage(compiled: CompiledPipeline, options: LineageOptions, version: string): CompiledPipeline {
  return { ...compiled, functions: [...compiled.functions, lineageFunction(compiled, options, version)] };
}

function lineageFunction({ name, lineage }: CompiledPipeline, options: LineageOptions, version: string): FunctionSpec {
  const targets = [
    ...lineage.tables.map(({ target }) => target),
    ...lineage.sources.flatMap(({ places }) =>
      places.flatMap((place) => (place.kind === 'published' ? place.targets : [])),
    ),
  ];
  const has = (kind: LineageTarget['kind']) => targets.some((target) => target.kind === kind);
  const environment: EnvironmentName[] = [
    'LANDING_BUCKET',
    'WORK_BUCKET',
    ...(has('lake') ? (['LAKE_BUCKET'] as const) : []),
    ...(has('redshift') ? (['REDSHIFT_WORKGROUP', 'REDSHIFT_DATABASE'] as const) : []),
    ...(has('postgres') ? (['AURORA_ENDPOINT', 'AURORA_DATABASE'] as const) : []),
  ];
  const grants: Grant[] = [
    { grant: 'readObjects', bucket: 'work', paths: [`runs/${name}/*`] },
    { grant: 'writeObjects', bucket: 'work', paths: [`lineage/events/*/${name}/*`, `lineage/refused/${name}/*`] },
    { grant: 'queueObjects', bucket: 'work', path: `lineage/undelivered/${name}/*` },
    { grant: 'readExecutions' },
    ...(options.secret === undefined ? [] : [{ grant: 'readSecrets', names: [options.secret] } as const]),
  ];
  return {
    id: 'Lineage',
    task: 'lineage',
    memoryMb: MEMORY_MB,
    timeoutSeconds: TIMEOUT_SECONDS,
    storageMb: 512,
    duckdb: false,
    environment,
    grants,
    beside: { 'lineage.json': JSON.stringify({ version, plan: lineage, options }) },
  };
}

const MEMORY_MB = 256;
/** Nobody waits for it. */
const TIMEOUT_SECONDS = 180;
