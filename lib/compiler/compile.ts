/** One pipeline: from its definition, and what others read of it, to plain data. */
import path from 'node:path';
import { awsCron } from '../pipeline/cron';
import { PipelineError, type Problem } from '../pipeline/errors';
import { gatherPlanOf } from '../pipeline/gather';
import { turnsOf } from '../pipeline/overlap';
import { titleOf } from '../pipeline/together';
import type { Pipeline, S3Arrival, Trigger } from '../pipeline/types';
import {
  BOOKKEEPING_COLUMNS,
  type DynamoSink,
  type KeyspacesSink,
  type LakeSink,
  type OutputColumn,
} from '../tasks/common';
import { CQL_BOOKKEEPING, cqlType, MOST_TTL_SECONDS } from '../tasks/keyspaces';
import type { LineagePlan } from '../tasks/lineage';
import type { RawStore, ReadTable } from '../tasks/rebuild';
import { compileAlerts } from './alerts';
import { keyMatchers } from './arrival';
import { budgetPlan } from './budget';
import { type CompiledContract, contractsOf, producerMistakes } from './contract';
import { stateMachine } from './definition';
import { functionSpecs } from './functions';
import { lineagePlan } from './lineage';
import { type CompiledModel, compileModels, sourceColumns } from './models';
import { makePlan } from './plan';
import { rebuildSpecs, refuseUnrebuildable } from './rebuild';
import { reconcilePlan } from './reconcile';
import { validateColumns } from './references';
import { sparkSpec } from './spark-spec';
import { aggregateTables, compileStream, consumeSpecs } from './stream';
import type { CompiledPipeline, CqlColumn, DynamoKeyAttribute, DynamoTable, KeyspacesTable, LakeTable } from './types';
import { readUserCode } from './user-code';
import { watchPlan } from './watch';

const MOST_QUARANTINE_RATE = 0.05;

/**
 * Compiles a pipeline. `folder` holds its SQL files.
 *
 * @throws {PipelineError} for what only the SQL can tell: unknown tables and columns, cycles, unused models, types without a target
 * @example const { definition } = await compile(orders, { folder: 'state-machines/orders' });
 */
export async function compile(pipeline: Pipeline, { folder }: { folder: string }): Promise<CompiledPipeline> {
  const contracts = await contractsOf([{ pipeline, folder }]);
  return (await compileAmong(pipeline, { folder, readByOthers: new Set(), starts: [], contracts })).compiled;
}

export interface Among {
  readonly folder: string;
  /** models that other pipelines read */
  readonly readByOthers: ReadonlySet<string>;
  /** pipelines that start when it has published */
  readonly starts: readonly string[];
  /** of all streams that pipelines of the project read, by stream */
  readonly contracts: ReadonlyMap<string, CompiledContract>;
  /** of the pipeline whose runs start those of this one */
  readonly upstream?: LineagePlan | undefined;
  /** where all records of its stream are kept, and that table as its own pipeline makes it */
  readonly kept?: { readonly raw: RawStore; readonly reads: ReadTable } | undefined;
  /** absent: the one without a name */
  readonly environment?: string | undefined;
}

/** For `compileTogether`: a pipeline that starts after another comes with what the two of them know. */
export async function compileAmong(
  pipeline: Pipeline,
  { folder, ...among }: Among,
): Promise<{ readonly compiled: CompiledPipeline; readonly models: readonly CompiledModel[] }> {
  const { models, problems } = await compileModels(pipeline, folder);
  const code = await readUserCode(pipeline, folder);
  const contract = pipeline.stream && among.contracts.get(pipeline.stream.trigger.stream);
  const all = [
    ...code.problems,
    ...problems,
    ...(await validateColumns(pipeline, models)),
    ...(contract?.problems ?? []),
    ...unreadableRecords(pipeline, models, among.contracts),
  ];
  if (all.length > 0) throw new PipelineError(pipeline.name, all);

  const { kept } = among;
  const plan = makePlan(pipeline, models, { userCode: code.files, ...among, raw: kept?.raw });
  const schemasOf = (kind: 'redshift' | 'postgres') => [
    ...new Set(plan.sinks.flatMap((sink) => (sink.kind === kind ? [sink.schema] : []))),
  ];
  const redshift = schemasOf('redshift');
  const postgres = schemasOf('postgres');
  const keyspaces = [...plan.sinks, ...plan.live].filter((sink) => sink.kind === 'keyspaces');
  if (plan.raw) refuseUnrebuildable(pipeline, plan, plan.raw);
  const definition = stateMachine(pipeline, plan);
  const functions = [
    ...functionSpecs(pipeline, plan),
    ...consumeSpecs(pipeline, plan, among.environment),
    ...rebuildSpecs(pipeline, plan, among.environment),
  ];
  const stream = compileStream(pipeline, among.environment);
  const spark = sparkSpec(pipeline, plan, path.resolve(folder));
  const compiled: CompiledPipeline = {
    name: pipeline.name,
    title: titleOf(pipeline.name),
    description: pipeline.description ?? `Stepwell pipeline ${pipeline.name}`,
    definition,
    functions,
    ...startedBy(pipeline.trigger),
    ...(stream ? { stream } : {}),
    ...(contract ? { contract: contract.spec } : {}),
    ...(redshift.length > 0 ? { redshift: { schemas: redshift } } : {}),
    ...(postgres.length > 0 || kept
      ? { postgres: { schemas: postgres, ...(kept ? { reads: [kept.reads] } : {}) } }
      : {}),
    lakeTables: plan.sinks.flatMap((sink) => (sink.kind === 'lake' ? [lakeTable(sink)] : [])),
    dynamoTables: [
      ...[...plan.sinks, ...plan.live].flatMap((sink) => (sink.kind === 'dynamoTable' ? [dynamoTable(sink)] : [])),
      ...aggregateTables(pipeline, among.environment),
    ],
    ...(keyspaces.length > 0 ? { keyspacesTables: keyspaces.map(keyspacesTable) } : {}),
    alerts: compileAlerts(pipeline.alerts),
    ...(turnsOf(pipeline.overlap) ? { takesTurns: true } : {}),
    ...(spark === undefined ? {} : { spark }),
    lineage: lineagePlan(pipeline, models, plan, among.upstream),
    watch: watchPlan(pipeline, plan),
    ...(pipeline.reconcile ? { reconcile: reconcilePlan(pipeline, plan) } : {}),
    ...(pipeline.dashboard ? { dashboard: true } : {}),
    ...(pipeline.budget ? { budget: budgetPlan(pipeline.budget.monthly, definition, functions) } : {}),
    quarantineRateAlarm: pipeline.alerts?.quarantineRate ?? quarantineRateAlarm(pipeline),
  };
  return { compiled, models };
}

/** What the readers of its streams could not read. */
const unreadableRecords = (
  { sinks, sources }: Pipeline,
  models: readonly CompiledModel[],
  contracts: ReadonlyMap<string, CompiledContract>,
): Problem[] =>
  sinks.flatMap((sink, index) => {
    const contract = sink.kind === 'kinesis' ? contracts.get(sink.stream) : undefined;
    const { model } = sink;
    const source = sources[model];
    const columns = source ? sourceColumns(source) : models.find(({ name }) => name === model)?.columns;
    return contract && columns ? producerMistakes({ model, columns }, contract.read, `sinks[${index}]`) : [];
  });

function arrivals(trigger: S3Arrival): Pick<CompiledPipeline, 'arrival' | 'gather'> {
  const plan = gatherPlanOf(trigger);
  if (plan === undefined) return { arrival: { keys: keyMatchers(trigger.patterns) } };
  const { rule, deadline } = plan;
  const markers = rule.kind === 'marker' ? rule.globs : [];
  if (deadline?.kind !== 'by') return { arrival: { keys: keyMatchers([...trigger.patterns, ...markers]) }, gather: {} };
  const [hour, minute] = deadline.time.split(':').map(Number);
  return {
    arrival: { keys: keyMatchers([...trigger.patterns, ...markers]) },
    gather: { deadline: { expression: awsCron(`${minute} ${hour} * * *`), timezone: deadline.timezone } },
  };
}

function startedBy(trigger: Trigger): Pick<CompiledPipeline, 'arrival' | 'gather' | 'schedule' | 'after'> {
  if (trigger.kind === 's3Arrival') return arrivals(trigger);
  if (trigger.kind === 'after') return { after: { pipeline: trigger.pipeline } };
  return { schedule: { expression: awsCron(trigger.cron), timezone: trigger.timezone } };
}

/** Half of what fails a run, so that the alarm comes first: above a source's own limit no run ends to be measured. */
function quarantineRateAlarm({ sources }: Pipeline): number {
  const limits = Object.values(sources).flatMap(({ onBadRow }) => onBadRow.maxRate ?? []);
  return Math.min(MOST_QUARANTINE_RATE, ...limits.map((limit) => limit / 2));
}

function lakeTable({ database, table, columns, partitionBy, write }: LakeSink): LakeTable {
  const [loadId, ...rest] = BOOKKEEPING_COLUMNS;
  const partitionColumns = partitionBy.map((name) => columns.find((column) => column.name === name)!);
  const append = write.mode === 'append';
  return {
    database,
    table,
    columns: [...columns.filter(({ name }) => !partitionBy.includes(name)), ...(append ? rest : [loadId!, ...rest])],
    partitionColumns: [...partitionColumns, ...(append ? [loadId!] : [])],
  };
}

const NUMBERS: readonly string[] = ['bigint', 'integer', 'decimal'];

function dynamoTable({ table, key, columns, ttl }: DynamoSink): DynamoTable {
  const attribute = (name: string): DynamoKeyAttribute => {
    const { type } = columns.find((column) => column.name === name)!;
    return { name, type: NUMBERS.includes(type.type) ? 'N' : 'S' };
  };
  return {
    table,
    partitionKey: attribute(key.partitionKey),
    ...(key.sortKey === undefined ? {} : { sortKey: attribute(key.sortKey) }),
    ...(ttl === undefined ? {} : { ttl }),
  };
}

function keyspacesTable({ keyspace, table, key, columns, ttl }: KeyspacesSink): KeyspacesTable {
  const cql = ({ name, type }: Pick<OutputColumn, 'name' | 'type'>): CqlColumn => ({ name, type: cqlType(type) });
  const named = (names: readonly string[]) => names.map((name) => cql(columns.find((column) => column.name === name)!));
  const keys = [...key.partitionKey, ...key.clusteringKey];
  return {
    keyspace,
    table,
    partitionKey: named(key.partitionKey),
    clusteringKey: named(key.clusteringKey),
    columns: [...columns.filter(({ name }) => !keys.includes(name)), ...CQL_BOOKKEEPING].map(cql),
    ...(ttl === undefined ? {} : { ttlSeconds: MOST_TTL_SECONDS }),
  };
}
