/** Pipelines of one project, compiled together: one that starts after another reads that one's models, and has its intervals. */
import { Column } from '../pipeline/columns';
import { haveIntervals, upstreamsOf } from '../pipeline/together';
import type { Pipeline, Published } from '../pipeline/types';
import type { OutputColumn } from '../tasks/common';
import { compileAmong } from './compile';
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
export async function compileTogether(pipelines: readonly PipelineAndFolder[]): Promise<CompiledPipeline[]> {
  const all = pipelines.map(({ pipeline }) => pipeline);
  const depthOf = ({ pipeline }: PipelineAndFolder) => upstreamsOf(pipeline, all).length;
  const compiled = new Map<Pipeline, CompiledPipeline>();
  const models = new Map<string, Awaited<ReturnType<typeof compileAmong>>['models']>();
  const depths = [...new Set(pipelines.map(depthOf))].sort((a, b) => a - b);
  for (const depth of depths) {
    // Those of one depth need nothing of each other.
    const these = pipelines.filter((one) => depthOf(one) === depth);
    const results = await Promise.all(
      these.map(({ pipeline, folder }) =>
        compileAmong(
          resolved(pipeline, all, (name, model) => models.get(name)?.find((one) => one.name === model)?.columns),
          { folder, readByOthers: readByOthers(pipeline, all) },
        ),
      ),
    );
    for (const [index, { pipeline }] of these.entries()) {
      const result = results[index]!;
      compiled.set(pipeline, result.compiled);
      models.set(pipeline.name, result.models);
    }
  }
  return all.map((pipeline) => compiled.get(pipeline)!);
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

/** Models of the pipeline that sources of others name: they are staged as Parquet, whatever its own sinks want. */
const readByOthers = ({ name }: Pipeline, all: readonly Pipeline[]): ReadonlySet<string> =>
  new Set(
    all.flatMap(({ sources }) =>
      Object.values(sources).flatMap((source) =>
        source.kind === 'published' && source.pipeline === name ? [source.model] : [],
      ),
    ),
  );
