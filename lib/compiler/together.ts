/** Pipelines of one project, compiled together: one that starts after another reads that one's models, and has its intervals. */
import { Column } from '../pipeline/columns';
import { haveIntervals, upstreamsOf } from '../pipeline/together';
import type { Pipeline, PostgresSink, Published } from '../pipeline/types';
import type { OutputColumn } from '../tasks/common';
import type { LineagePlan } from '../tasks/lineage';
import { type Among, compileAmong } from './compile';
import { contractsOf } from './contract';
import type { CompiledModel } from './models';
import { keptIn } from './rebuild';
import type { CompiledPipeline } from './types';

export interface PipelineAndFolder {
  readonly pipeline: Pipeline;
  /** holds its SQL and TypeScript files */
  readonly folder: string;
}

/**
 * Answers in the order of the question. What refers to what between pipelines has been looked at by `refuseClashes`.
 *
 * @throws {PipelineError} as `compile`
 */
export const compileTogether = async (
  pipelines: readonly PipelineAndFolder[],
  /** in which they are deployed; tables that are theirs alone in an account are called after it */
  environment?: string,
): Promise<CompiledPipeline[]> => (await together(pipelines, environment)).map(({ compiled }) => compiled);

/**
 * The pipelines with what only the others know of them: columns of what is published, and whether runs have intervals. Those that need
 * nothing of others are not compiled.
 */
export async function resolveTogether(pipelines: readonly PipelineAndFolder[]): Promise<Pipeline[]> {
  if (pipelines.every(({ pipeline }) => pipeline.trigger.kind !== 'after')) {
    return pipelines.map(({ pipeline }) => pipeline);
  }
  return (await together(pipelines)).map(({ pipeline }) => pipeline);
}

interface Together {
  /** resolved */
  readonly pipeline: Pipeline;
  readonly compiled: CompiledPipeline;
}

async function together(pipelines: readonly PipelineAndFolder[], environment?: string): Promise<Together[]> {
  const all = pipelines.map(({ pipeline }) => pipeline);
  // What it is rebuilt from is compiled first: its columns are read there.
  const depthOf = ({ pipeline }: PipelineAndFolder): number => {
    const raw = rawPipelineOf(pipeline, all);
    return upstreamsOf(pipeline, all).length + (raw ? upstreamsOf(raw, all).length + 1 : 0);
  };
  const contracts = await contractsOf(pipelines, environment);
  const done = new Map<Pipeline, Together>();
  const models = new Map<string, readonly CompiledModel[]>();
  const depths = [...new Set(pipelines.map(depthOf))].sort((a, b) => a - b);
  for (const depth of depths) {
    // Those of one depth need nothing of each other.
    const these = pipelines.filter((one) => depthOf(one) === depth);
    const results = await Promise.all(
      these.map(async (one) => {
        const pipeline = resolved(
          one.pipeline,
          all,
          (name, model) => models.get(name)?.find((other) => other.name === model)?.columns,
        );
        const among = {
          folder: one.folder,
          readByOthers: readByOthers(pipeline, all),
          starts: startedBy(pipeline, all),
          contracts,
          upstream: upstreamOf(pipeline, done),
          kept: keptOf(pipeline, all, models),
          environment,
        };
        return { pipeline, ...(await compileAmong(pipeline, among)) };
      }),
    );
    for (const [index, { pipeline, compiled, models: made }] of results.entries()) {
      done.set(these[index]!.pipeline, { pipeline, compiled });
      models.set(pipeline.name, made);
    }
  }
  return all.map((pipeline) => done.get(pipeline)!);
}

function upstreamOf({ trigger }: Pipeline, done: ReadonlyMap<Pipeline, Together>): LineagePlan | undefined {
  if (trigger.kind !== 'after') return undefined;
  return [...done.values()].find(({ pipeline }) => pipeline.name === trigger.pipeline)?.compiled.lineage;
}

const rawPipelineOf = ({ stream }: Pipeline, all: readonly Pipeline[]): Pipeline | undefined =>
  all.find(({ name }) => name === stream?.records.rebuildFrom?.pipeline);

/** Where the records of its stream are kept: a table of another pipeline. */
function keptOf(
  pipeline: Pipeline,
  all: readonly Pipeline[],
  models: ReadonlyMap<string, readonly CompiledModel[]>,
): Among['kept'] {
  const { stream } = pipeline;
  const from = stream?.records.rebuildFrom;
  const sink = rawPipelineOf(pipeline, all)?.sinks.find(
    (one): one is PostgresSink => one.kind === 'postgres' && one.model === from?.model,
  );
  const columns = models.get(from?.pipeline ?? '')?.find(({ name }) => name === from?.model)?.columns;
  return sink && columns && keptIn(pipeline, from!.pipeline, sink, columns);
}

/** With what only the others know: whether there are intervals, and the columns of what they publish. */
function resolved(
  pipeline: Pipeline,
  all: readonly Pipeline[],
  columnsOf: (pipeline: string, model: string) => readonly OutputColumn[] | undefined,
): Pipeline {
  const { trigger, sources } = pipeline;
  if (trigger.kind !== 'after') return pipeline;
  return {
    ...pipeline,
    trigger: { ...trigger, hasIntervals: haveIntervals(pipeline, all) },
    sources: Object.fromEntries(
      Object.entries(sources).map(([name, source]) => {
        if (source.kind !== 'published') return [name, source];
        const columns = (columnsOf(source.pipeline, source.model) ?? []).map(
          (column) => [column.name, new Column(column.type, column.nullable)] as const,
        );
        return [name, { ...source, columns: Object.fromEntries(columns) } satisfies Published];
      }),
    ),
  };
}

/** Pipelines that start when this one has published. */
const startedBy = ({ name }: Pipeline, all: readonly Pipeline[]): string[] =>
  all.flatMap(({ name: other, trigger }) => (trigger.kind === 'after' && trigger.pipeline === name ? [other] : []));

/** Models of the pipeline that sources of others name: they are staged as Parquet, whatever its own sinks want. */
const readByOthers = ({ name }: Pipeline, all: readonly Pipeline[]): ReadonlySet<string> =>
  new Set(
    all.flatMap(({ sources }) =>
      Object.values(sources).flatMap((source) =>
        source.kind === 'published' && source.pipeline === name ? [source.model] : [],
      ),
    ),
  );
