/**
 * Of a pipeline whose source says where all its records are kept: how a run begins that makes a time span anew, and what it writes that
 * other runs leave to the stream's function.
 */
import type { ChoiceState, JsonObject, State, SubMachine } from '../asl/types';
import { PipelineError, type Problem, suggest } from '../pipeline/errors';
import type { Pipeline, PostgresSink } from '../pipeline/types';
import type { OutputColumn, Sink } from '../tasks/common';
import { type RawStore, type ReadTable, rebuildPrefix } from '../tasks/rebuild';
import { countsPrefix, STREAM_FILE } from '../tasks/stream';
import type { MakeTask } from './extract';
import { functionTimeouts } from './functions';
import type { Plan } from './plan';
import { streamCode, streamPlanOf } from './stream';
import type { FunctionSpec, Grant } from './types';

/** The table as it is read, and as the bootstrap gives it to be read. @throws {PipelineError} */
export function keptIn(
  pipeline: Pipeline,
  owner: string,
  sink: PostgresSink,
  columns: readonly OutputColumn[],
): { readonly raw: RawStore; readonly reads: ReadTable } {
  const { source, records } = pipeline.stream!;
  const column = records.receivedAt!;
  const receivedAt = records.columns[column]!.header ?? column;
  const problem = keptMistake(owner, sink, columns, receivedAt);
  if (problem) throw new PipelineError(pipeline.name, [{ field: `sources.${source}.rebuildFrom`, ...problem }]);
  const [schema, table] = sink.table.split('.') as [string, string];
  const raw: RawStore = {
    pipeline: owner,
    schema,
    table,
    columns: [...columns],
    receivedAt,
    column,
    wholeDays: pipeline.sinks.some(({ kind }) => kind === 'lake'),
  };
  const primaryKey = sink.write.mode === 'merge' ? [...sink.write.keys] : [];
  return { raw, reads: { pipeline: owner, schema, table, columns: [...columns], primaryKey, orderedBy: receivedAt } };
}

function keptMistake(
  owner: string,
  { table, write }: PostgresSink,
  columns: readonly OutputColumn[],
  receivedAt: string,
): Omit<Problem, 'field'> | undefined {
  const value = `published('${owner}', …)`;
  if (write.mode !== 'append' && write.mode !== 'merge') {
    const rule = `the sink ${table} of '${owner}' does not keep all rows: its write mode is ${write.mode}`;
    return { value, rule, remedy: "Use append() there, or merge(…) by the record's own key." };
  }
  const at = columns.find(({ name }) => name === receivedAt);
  if (at?.type.type === 'timestamp') return undefined;
  const times = columns.flatMap(({ name, type }) => (type.type === 'timestamp' ? [name] : []));
  const rule = at
    ? `its column ${receivedAt} is of type ${at.type.type}, and the records are read in the order of that time`
    : `it has no column ${receivedAt}, which says when a record was received`;
  return {
    value,
    rule,
    remedy: `Let the model there give ${receivedAt} as a timestamp. ${suggest(receivedAt, times)}`,
  };
}

/** What a rebuild could not put back as it was. @throws {PipelineError} */
export function refuseUnrebuildable(pipeline: Pipeline, { sinks }: Plan, { column }: RawStore): void {
  const problems = sinks.flatMap(({ model, write, columns, ...sink }): Problem[] => {
    const index = pipeline.sinks.findIndex(
      (one) => one.model === model && one.kind === sink.kind && one.write === write,
    );
    const at = (field: string, value: string) => ({ field: `sinks[${index}].${field}`, value });
    const found: Problem[] = [];
    const time = columns.find(({ name }) => name === column);
    if (write.mode === 'append' && time?.type.type !== 'timestamp') {
      const rule = time
        ? `its ${column} is of type ${time.type.type}, and a rebuild replaces the rows of a time span by when they were received`
        : `it has no column ${column}, by which a rebuild knows the rows of a time span`;
      const remedy = `Let '${model}' give ${column} as the source has it, or use merge(key, { newestBy: '${column}' }).`;
      found.push({ ...at('model', `'${model}'`), rule, remedy });
    }
    if (write.mode === 'merge' && write.newestBy === undefined) {
      const rule = 'a rebuild brings old records again, and nothing says that newer rows are newer';
      const remedy = `Name the column, e.g. merge('${write.keys[0]}', { newestBy: '${column}' }).`;
      found.push({ ...at('write.newestBy', 'missing'), rule, remedy });
    }
    if ('partitionBy' in sink && write.mode === 'append') {
      const first = sink.partitionBy[0];
      const type = columns.find(({ name }) => name === first)?.type.type;
      if (type !== 'date') {
        const rule = 'a rebuild swaps the partitions of whole days, and its first partition column is no date';
        const remedy = `Let '${model}' give the day of receipt, e.g. CAST(${column} AS DATE) AS received_on, and use partitionBy: ['received_on'].`;
        found.push({ ...at('partitionBy', first === undefined ? 'none' : `'${first}'`), rule, remedy });
      }
    }
    return found;
  });
  if (problems.length > 0) throw new PipelineError(pipeline.name, problems);
}

/** The function that waits and reads. It judges records as the stream's function does, and so is told the same. */
export function rebuildSpecs(pipeline: Pipeline, plan: Plan, environment?: string): FunctionSpec[] {
  const { name } = pipeline;
  const { raw } = plan;
  if (raw === undefined) return [];
  const document = streamPlanOf(pipeline, plan, environment);
  const lists = [`gathered/${name}/*`];
  return [
    {
      id: 'Rebuild',
      task: 'rebuild',
      ...streamCode(document, plan),
      memoryMb: REBUILD_MB,
      timeoutSeconds: functionTimeouts.rebuild,
      storageMb: 512,
      duckdb: false,
      environment: [
        'LANDING_BUCKET',
        'WORK_BUCKET',
        'LEDGER_TABLE',
        'AURORA_CLUSTER_ARN',
        'AURORA_DATABASE',
        'AURORA_SECRET_ARN',
        'GIVEN_UP_QUEUE_URL',
      ],
      beside: { [STREAM_FILE]: JSON.stringify(document) },
      grants: [
        { grant: 'postgres' },
        { grant: 'listExecutions' },
        { grant: 'listExecutions', of: raw.pipeline },
        { grant: 'readStream', stream: document.stream },
        { grant: 'countGivenUp' },
        { grant: 'listObjects', bucket: 'landing', prefixes: [`${document.prefix}*`] },
        { grant: 'writeObjects', bucket: 'landing', paths: [`${rebuildPrefix(name)}*`] },
        {
          grant: 'readObjects',
          bucket: 'work',
          paths: [...lists, ...(document.aggregates === undefined ? [] : [`${countsPrefix(name)}*`])],
        },
        { grant: 'writeObjects', bucket: 'work', paths: lists },
        { grant: 'ledger', keys: [`pipeline#${name}`] },
        ...(document.aggregates === undefined
          ? []
          : [{ grant: 'readObjects', bucket: 'landing', paths: [`${document.prefix}*`] } as const]),
        ...(document.aggregates?.tables ?? []).map(({ table }): Grant => ({ grant: 'writeTable', table })),
        {
          grant: 'readLedger',
          keys: [`pipeline#${raw.pipeline}`, `object#${name}#*`, `stream#${name}`, `stream#${name}#*`],
        },
        ...(document.piiSecret === undefined ? [] : [{ grant: 'readSecrets', names: [document.piiSecret] } as const]),
      ],
    },
  ];
}

/** Keys of a window of deduplication, and a page, are in memory. */
const REBUILD_MB = 1769;

/** Where the definition begins then. */
export const REBUILD = 'Rebuild?';

export function rebuildStates(
  pipeline: string,
  raw: RawStore,
  /** tables of aggregates */
  counted: readonly string[],
  task: MakeTask,
): Record<string, State> {
  const common: JsonObject = {
    pipeline,
    execution: {
      arn: '{% $states.context.Execution.Id %}',
      name: '{% $states.context.Execution.Name %}',
      startedAt: '{% $states.context.Execution.StartTime %}',
    },
    raw: raw as unknown as JsonObject,
    rebuild: '{% $states.input.rebuild %}',
  };
  const begins: ChoiceState = {
    Type: 'Choice',
    Comment: 'Whether a time span is to be made anew from where all records are kept',
    Choices: [{ Condition: '{% $exists($states.input.rebuild) %}', Next: 'Settle' }],
    Default: 'Admit',
  };
  const goesOn: ChoiceState = {
    Type: 'Choice',
    Comment: 'A checkpoint: the time of one invocation was too short for all of it',
    Choices: [{ Condition: '{% $states.input.checkpoint != null %}', Next: 'Read raw' }],
    Default: 'Admit',
  };
  return {
    [REBUILD]: begins,
    Settle: task('rebuild', {
      comment: 'Waits until what came before it is published',
      payload: { action: 'settle', ...common },
      waitsForOthers: true,
      next: counted.length > 0 ? 'Recount' : 'Read raw',
    }),
    ...(counted.length > 0 ? recountStates(common, counted, task) : {}),
    'Read raw': task('rebuild', {
      comment: 'Reads the records in the order in which they were received, and stages them in files',
      payload: {
        action: 'read',
        ...common,
        checkpoint: CHECKPOINT,
      },
      waitsForOthers: true,
      next: 'All read?',
    }),
    'All read?': goesOn,
  };
}

function recountStates(common: JsonObject, tables: readonly string[], task: MakeTask): Record<string, State> {
  return {
    Recount: task('rebuild', {
      comment: 'Counts the windows of the span anew, of the batches that were staged',
      payload: { action: 'recount', ...common, tables: [...tables], checkpoint: CHECKPOINT },
      waitsForOthers: true,
      next: 'All counted?',
    }),
    'All counted?': {
      Type: 'Choice',
      Comment: 'A checkpoint: the time of one invocation was too short for all of them',
      Choices: [{ Condition: '{% $states.input.checkpoint != null %}', Next: 'Recount' }],
      Default: 'Read raw',
    },
  };
}

const CHECKPOINT = '{% $exists($states.input.checkpoint) ? $states.input.checkpoint : null %}';

/** A branch of Load or Publish for a sink that only a rebuild writes: otherwise the stream's function does. */
export function onlyRebuilt(sink: Sink, { StartAt, States }: SubMachine, otherwise: JsonObject): SubMachine {
  const asks = `${StartAt}?`;
  const leaves = `Leave ${sink.id}: ${StartAt.split(' ')[0]}`;
  return {
    StartAt: asks,
    States: {
      [asks]: {
        Type: 'Choice',
        Comment: 'Records are written as they come, unless they are made anew',
        Choices: [{ Condition: '{% $exists($run.rebuilds) %}', Next: StartAt }],
        Default: leaves,
      },
      ...States,
      [leaves]: { Type: 'Succeed', Output: otherwise },
    },
  };
}
