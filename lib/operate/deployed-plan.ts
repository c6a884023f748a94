/** What a pipeline is made of as it is deployed: its state machine's tasks have their settings in them, so whoever may read that needs no checkout. */
import { DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import type { ContractColumn, KinesisSink, OutputColumn, Sink } from '../tasks/common';
import type { Schedule } from '../tasks/schedule';
import { stagedPrefix } from '../tasks/stream';
import type { Connection, DeployedPipeline } from './connection';

export interface DeployedPlan {
  readonly pipeline: string;
  readonly description: string;
  readonly sources: readonly PlannedSource[];
  /** in the order of their work */
  readonly models: readonly PlannedModel[];
  readonly sinks: readonly Sink[];
  /** streams of Kinesis that a model's rows are put on */
  readonly puts: readonly { readonly stream: string; readonly model: string }[];
  /** globs of the files that start a run each */
  readonly patterns?: readonly string[];
  readonly schedule?: Schedule;
  /** the pipeline whose runs start those of this one */
  readonly upstream?: string;
}

export interface PlannedSource {
  readonly name: string;
  /** `landedFiles`, `streamRecords`, `mysql`, `published`, … */
  readonly kind: string;
  /** where from, in words: globs, a stream, a URL, a table */
  readonly reads: readonly string[];
  readonly columns: readonly (ContractColumn | OutputColumn)[];
  /** the model of the upstream pipeline whose rows these are */
  readonly model?: string;
}

export interface PlannedModel {
  readonly name: string;
  /** `redshift`: over tables, in the database itself */
  readonly kind: 'sql' | 'rowFunction' | 'redshift' | 'spark';
  /** sources and models; of a model in Redshift ids of sinks */
  readonly inputs: readonly string[];
  readonly sql?: string;
  /** of a row function */
  readonly file?: string;
  readonly columns: readonly OutputColumn[];
}

export async function planOf({ client }: Pick<Connection, 'client'>, at: DeployedPipeline): Promise<DeployedPlan> {
  const { stateMachineArn } = at;
  const { definition = '{}' } = await new SFNClient(client).send(new DescribeStateMachineCommand({ stateMachineArn }));
  return planFrom(at.name, JSON.parse(definition) as Definition, at.stream?.name);
}

interface Definition {
  readonly Comment?: string;
  readonly States?: Readonly<Record<string, unknown>>;
}

/** A payload of a task; which task it is of shows by what is in it. */
interface Payload {
  readonly patterns?: readonly string[];
  readonly schedule?: Schedule;
  readonly upstream?: unknown;
  /** of Admit; elsewhere others may stand here */
  readonly sources?: unknown;
  readonly source?: string | SourcePayload;
  readonly datasets?: readonly Dataset[];
  /** of a task that has more than one: a Spark job is planned, and collected when it has ended */
  readonly action?: string;
  readonly model?: string | ModelPayload;
  readonly columns?: readonly OutputColumn[];
  readonly sink?: Sink | KinesisSink;
  /** of Record: tables that a stream's function writes */
  readonly live?: readonly Sink[];
}
type Files = readonly { readonly glob: string }[];
interface SourcePayload {
  readonly name: string;
  readonly files?: Files;
  readonly columns?: readonly ContractColumn[];
  readonly config?: Readonly<Record<string, unknown>> & { readonly kind: string };
}
interface Dataset {
  readonly name: string;
  readonly sql?: string;
  readonly columns: readonly OutputColumn[];
}
interface ModelPayload {
  readonly name: string;
  readonly sql?: string | readonly string[];
  readonly file?: string;
  /** on Spark */
  readonly python?: string;
  readonly columns?: readonly OutputColumn[];
  readonly input?: { readonly name: string };
  readonly inputs?: readonly { readonly name: string; readonly schema?: string; readonly table?: string }[];
}

/** `stream`: the one that starts it, where one does. Its state machine reads what is staged of the records, as files. */
export function planFrom(pipeline: string, definition: Definition, stream?: string): DeployedPlan {
  const sources = new Map<string, PlannedSource>();
  const models = new Map<string, PlannedModel>();
  const sinks = new Map<string, Sink>();
  const puts = new Map<string, DeployedPlan['puts'][number]>();
  const started: { patterns?: readonly string[]; schedule?: Schedule; upstream?: string } = {};
  const know = (name: string, more: Partial<PlannedSource>) =>
    sources.set(name, { kind: 'landedFiles', reads: [], columns: [], ...sources.get(name), ...more, name });

  for (const payload of payloadsOf(definition)) {
    const { patterns, schedule, upstream, sink, source, model, datasets = [] } = payload;
    if (patterns) started.patterns = patterns;
    if (schedule) started.schedule = schedule;
    if (typeof upstream === 'string' && !upstream.startsWith('{%')) started.upstream = upstream;
    for (const { name, files } of sourcesIn(payload)) if (files) know(name, { reads: globsOf(files) });
    if (typeof source === 'string') {
      // A task that gathers what a source has staged names it as well.
      if (typeof model === 'string') know(source, { kind: 'published', columns: payload.columns ?? [], model });
    } else if (source) {
      const { name, files, columns, config } = source;
      know(name, {
        ...(files ? { reads: globsOf(files) } : {}),
        ...(columns ? { columns } : {}),
        ...(config ? { kind: config.kind, reads: readsOf(config) } : {}),
      });
      for (const [index, dataset] of datasets.entries()) {
        if (dataset.sql === undefined) continue;
        const input =
          inputOf(
            dataset.sql,
            datasets.slice(0, index).map((one) => one.name),
          ) ?? name;
        models.set(dataset.name, { ...dataset, kind: 'sql', inputs: [input] } as PlannedModel);
      }
    }
    for (const one of payload.live ?? []) sinks.set(one.id, one);
    // A stream is no table.
    if (sink?.kind === 'kinesis') puts.set(sink.id, { stream: sink.stream, model: sink.model });
    else if (sink) sinks.set(sink.id, sink);
    if (payload.action === 'collect') continue;
    if (typeof model === 'object' && model.columns) models.set(model.name, modelOf(model, model.columns));
    else if (typeof model === 'object' && sink) models.set(model.name, modelOf(model, sink.columns));
  }
  const { Comment: description = '' } = definition;
  return {
    pipeline,
    description,
    sources: [...sources.values()].map((source) => (stream === undefined ? source : ofStream(source))),
    models: [...models.values()].map(({ name, kind, inputs, sql, file, columns }) => ({
      name,
      kind,
      inputs,
      columns,
      ...(sql === undefined ? {} : { sql }),
      ...(file === undefined ? {} : { file }),
    })),
    sinks: [...sinks.values()],
    puts: [...puts.values()],
    ...started,
  };

  function ofStream(source: PlannedSource): PlannedSource {
    const isStaged =
      source.kind === 'landedFiles' && source.reads.some((glob) => glob.startsWith(stagedPrefix(pipeline)));
    return isStaged ? { ...source, kind: 'streamRecords', reads: [stream!] } : source;
  }
}

/** At any depth; the items of a Map over models are as good as payloads. */
function* payloadsOf(node: unknown): Generator<Payload> {
  if (Array.isArray(node)) {
    for (const one of node) yield* payloadsOf(one);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const { Type, Arguments, Items, ...rest } = node as Record<string, unknown>;
  if (Type === 'Map' && Array.isArray(Items))
    for (const item of Items) yield { model: item as ModelPayload } satisfies Payload;
  if (Type === 'Task') {
    const payload = (Arguments as { Payload?: Payload } | undefined)?.Payload;
    if (payload) yield payload;
  }
  for (const value of Object.values(rest)) yield* payloadsOf(value);
}

const sourcesIn = ({ sources }: Payload): readonly SourcePayload[] => (Array.isArray(sources) ? sources : []);

const globsOf = (files: Files): string[] => files.map(({ glob }) => glob);

function modelOf(
  { name, sql, python, file, input, inputs = [] }: ModelPayload,
  columns: readonly OutputColumn[],
): PlannedModel {
  const isInRedshift = inputs.some(({ table }) => table !== undefined);
  const isOnSpark = python !== undefined || (Array.isArray(sql) && !isInRedshift);
  const text = Array.isArray(sql) ? withEdges(sql) : (sql as string | undefined);
  return {
    name,
    kind: isOnSpark ? 'spark' : file === undefined ? (isInRedshift ? 'redshift' : 'sql') : 'rowFunction',
    inputs: isInRedshift
      ? inputs.map(({ schema, table }) => `redshift:${schema}.${table}`)
      : input
        ? [input.name]
        : inputs.map((one) => one.name),
    columns,
    ...(text === undefined ? {} : { sql: text }),
    ...(file === undefined ? {} : { file }),
    ...(python === undefined ? {} : { file: `${python}.py` }),
  };
}

/** Every second piece is an edge of the data interval. */
const withEdges = (pieces: readonly string[]): string =>
  pieces.map((piece, index) => (index % 2 === 0 ? piece : `{interval.${piece}}`)).join('');

/** The dataset before it that a row-wise model reads; undefined: the source itself. */
function inputOf(sql: string, before: readonly string[]): string | undefined {
  const code = sql.replace(/--.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
  return before.find((name) => new RegExp(`\\b(?:from|join)\\s+"?${name}"?(?![\\w"])`, 'i').test(code));
}

function readsOf(config: Readonly<Record<string, unknown>>): string[] {
  const { kind, url, table, query, secret, file } = config as Record<string, string | undefined>;
  switch (kind) {
    case 'httpApi':
      return [url!];
    case 'mysql':
    case 'postgres':
      return [
        `${table ?? oneLine(query ?? '')} in ${kind === 'mysql' ? 'MySQL' : 'PostgreSQL'} of the secret ${secret}`,
      ];
    case 'dynamoDb':
      return [`DynamoDB table ${table}`];
    case 'custom':
      return [`your own extractor ${file}`];
    default:
      return [];
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
