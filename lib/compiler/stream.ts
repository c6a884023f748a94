/** What a stream's pipeline has besides its runs: the function that takes records, what it is told, and how records come to it. */
import { hashesPii } from '../pipeline/pii-mistakes';
import type { Pipeline, RowFunctionModel, Stream } from '../pipeline/types';
import { piiSecretOf } from '../tasks/pii';
import {
  AGGREGATE_KINDS,
  attemptsPrefix,
  countsPrefix,
  STREAM_FILE,
  type StreamPlan,
  stagedPrefix,
} from '../tasks/stream';
import { schemaNameOf } from './contract';
import { contractColumns } from './contract-columns';
import { functionTimeouts } from './functions';
import { sourceColumns } from './models';
import { itemsTable, MOST_REDSHIFT_BYTES, type Plan, streamName } from './plan';
import type { CompiledStream, DynamoTable, FunctionSpec, Grant } from './types';

const DAY_SECONDS = 86_400;
const DEFAULT_RETENTION_SECONDS = 7 * DAY_SECONDS;
const DEFAULT_BATCH = 500;
const DEFAULT_WINDOW_SECONDS = 5;
/** The most that Lambda takes. Bad records fail no batch: what does is an outage, which ends. */
const DEFAULT_ATTEMPTS = 10_000;
const DEFAULT_MB = 1024;
/** An alarm tells of records that wait for longer than so many publications. */
const LATE_PUBLICATIONS = 3;

export function compileStream(pipeline: Pipeline, environment?: string): CompiledStream | undefined {
  const { stream, trigger: arrivals, freshness } = pipeline;
  if (stream === undefined || arrivals.kind !== 's3Arrival') return undefined;
  const { trigger, aggregates } = stream;
  const publishEvery = arrivals.batch!.window.seconds;
  return {
    name: streamName(trigger.stream, environment),
    retentionHours: retentionHours(stream),
    mapping: {
      batchSize: trigger.batch ?? DEFAULT_BATCH,
      windowSeconds: trigger.window?.seconds ?? DEFAULT_WINDOW_SECONDS,
      parallel: trigger.parallel ?? 1,
      startFrom: trigger.startFrom === 'newest' ? 'LATEST' : 'TRIM_HORIZON',
      attempts: trigger.retry?.attempts ?? DEFAULT_ATTEMPTS,
      ...(trigger.retry?.maxAge ? { maxAgeSeconds: trigger.retry.maxAge.seconds } : {}),
      ...(aggregates[0] ? { tumblingSeconds: aggregates[0].window.seconds } : {}),
    },
    lateSeconds: Math.max(
      60,
      Math.ceil(Math.min(freshness?.within?.seconds ?? Infinity, LATE_PUBLICATIONS * publishEvery)),
    ),
  };
}

const retentionHours = ({ trigger }: Stream): number =>
  (trigger.retention?.seconds ?? DEFAULT_RETENTION_SECONDS) / 3600;

/** What `consume` is told. */
export function streamPlanOf(pipeline: Pipeline, plan: Plan, environment?: string): StreamPlan {
  const stream = pipeline.stream!;
  const { source, records, aggregates, trigger } = stream;
  const { dedupe, late, receivedAt } = records;
  const rowFunction = rowFunctionOf(pipeline, plan);
  return {
    stream: streamName(trigger.stream, environment),
    source,
    columns: contractColumns(records.columns),
    onDrift: records.onDrift,
    ...(plan.inRedshift.has(source) ? { mostTextBytes: MOST_REDSHIFT_BYTES } : {}),
    ...(hashesPii(records) ? { piiSecret: piiSecretOf(pipeline) } : {}),
    ...(dedupe
      ? {
          dedupe: {
            by: typeof dedupe.by === 'string' ? [dedupe.by] : [...dedupe.by],
            withinSeconds: dedupe.within.seconds,
          },
        }
      : {}),
    ...(late ? { late: { by: late.by, allowSeconds: late.allow.seconds } } : {}),
    ...(receivedAt === undefined ? {} : { receivedAt }),
    schema: schemaNameOf(pipeline.name, trigger.stream, environment),
    prefix: stagedPrefix(pipeline.name),
    retentionHours: retentionHours(stream),
    ...(rowFunction
      ? {
          rowFunction: {
            name: rowFunction.name,
            file: rowFunction.model.file,
            columns: contractColumns(rowFunction.model.columns),
            onDrift: rowFunction.model.onDrift,
            onBadRow: rowFunction.model.onBadRow,
            ...(plan.inRedshift.has(rowFunction.name) ? { mostTextBytes: MOST_REDSHIFT_BYTES } : {}),
            input: { name: source, columns: [...sourceColumns(pipeline.sources[source]!)] },
          },
        }
      : {}),
    live: [...plan.live],
    ...(aggregates[0]
      ? {
          aggregates: {
            windowSeconds: aggregates[0].window.seconds,
            tables: aggregates.map(({ table, model, by, count, ...kinds }) => ({
              table: itemsTable(table, environment),
              model: model ?? source,
              by: [...by],
              count,
              values: AGGREGATE_KINDS.flatMap((how) =>
                Object.entries(kinds[how] ?? {}).map(([name, column]) => ({ name, how, column })),
              ),
            })),
          },
        }
      : {}),
  };
}

/** Of live sinks and aggregates; validation has seen to it that they name one at most. */
function rowFunctionOf(
  { stream, models }: Pipeline,
  { live }: Plan,
): { readonly name: string; readonly model: RowFunctionModel } | undefined {
  const named = [...live, ...(stream?.aggregates ?? [])].flatMap(({ model }) => model ?? []);
  const name = named.find((one) => one !== stream?.source);
  return name === undefined ? undefined : { name, model: models[name] as RowFunctionModel };
}

/** The row function in the bundle of a function that judges records. */
export const streamCode = ({ rowFunction }: StreamPlan, plan: Plan): Pick<FunctionSpec, 'userCode'> =>
  rowFunction ? { userCode: { file: plan.userCode.get(rowFunction.name)!, of: rowFunction.name } } : {};

/** The function that takes records. */
export function consumeSpecs(pipeline: Pipeline, plan: Plan, environment?: string): FunctionSpec[] {
  if (pipeline.stream === undefined) return [];
  const { name, stream } = pipeline;
  const document = streamPlanOf(pipeline, plan, environment);
  const files = [`${attemptsPrefix(name)}*`, ...(document.aggregates ? [`${countsPrefix(name)}*`] : [])];
  const tables = [
    ...document.live.flatMap((sink) => (sink.kind === 'dynamoTable' ? [sink.table] : [])),
    ...(document.aggregates?.tables ?? []).map(({ table }) => table),
  ];
  return [
    {
      id: 'Consume',
      task: 'consume',
      ...streamCode(document, plan),
      memoryMb: stream.trigger.memoryMb ?? DEFAULT_MB,
      timeoutSeconds: functionTimeouts.consume,
      storageMb: 512,
      duckdb: false,
      environment: ['LANDING_BUCKET', 'WORK_BUCKET', 'LEDGER_TABLE'],
      beside: { [STREAM_FILE]: JSON.stringify(document) },
      grants: [
        { grant: 'readStream', stream: document.stream },
        { grant: 'readSchemaVersions' },
        { grant: 'readObjects', bucket: 'work', paths: files },
        { grant: 'writeObjects', bucket: 'work', paths: files },
        { grant: 'writeObjects', bucket: 'landing', paths: [`${document.prefix}*`] },
        { grant: 'ledger', keys: [`stream#${name}`, `stream#${name}#*`] },
        ...(document.dedupe ? [{ grant: 'ledgerBatches', keys: [`seen#${name}#*`] } as const] : []),
        ...tables.map((table): Grant => ({ grant: 'putItems', table })),
        ...document.live.flatMap((sink): Grant[] =>
          sink.kind === 'keyspaces' ? [{ grant: 'writeKeyspace', keyspace: sink.keyspace, table: sink.table }] : [],
        ),
        ...(document.piiSecret === undefined ? [] : [{ grant: 'readSecrets', names: [document.piiSecret] } as const]),
        { grant: 'tellOfGivenUp' },
      ],
    },
  ];
}

/** An item for each group, window and shard; lambdas/consume/aggregates.ts makes them. */
export const aggregateTables = ({ stream }: Pipeline, environment?: string): DynamoTable[] =>
  (stream?.aggregates ?? []).map(({ table }) => ({
    table: itemsTable(table, environment),
    partitionKey: { name: 'group', type: 'S' },
    sortKey: { name: 'window', type: 'S' },
  }));
