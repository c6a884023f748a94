/** What the pipelines of one project owe each other: each is fine alone, and they would only meet in the cloud. */
import { PipelineError, type Problem, show } from './errors';
import type { Pipeline } from './types';

export interface PlacedPipeline {
  /** as it is shown to whoever made the pipeline */
  readonly folder: string;
  readonly pipeline: Pipeline;
}

/** `DailyOrders` of `daily-orders`: the stack is `Stepwell-DailyOrders`. */
export const titleOf = (pipeline: string): string =>
  pipeline
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

/** @throws {PipelineError} for the first pipeline that takes a name or a table of one before it, with all that it takes */
export function refuseClashes(pipelines: readonly PlacedPipeline[]): void {
  pipelines.forEach((one, index) => {
    const problems = pipelines
      .slice(0, index)
      .flatMap((other) => [...sameName(one, other), ...sameStack(one, other), ...sameTables(one, other)]);
    if (problems.length > 0) throw new PipelineError(one.pipeline.name, problems);
  });
}

const placed = ({ folder, pipeline }: PlacedPipeline): string => `pipeline '${pipeline.name}' (${folder})`;

function sameName(one: PlacedPipeline, other: PlacedPipeline): Problem[] {
  const { name } = one.pipeline;
  if (other.pipeline.name !== name) return [];
  return [
    {
      field: 'name',
      value: show(name),
      rule: `the pipelines in ${other.folder} and ${one.folder} have the same name, which names a stack, a state machine and a database user`,
      remedy: 'Rename one of them.',
    },
  ];
}

/** `v-1` and `v1` would both be the stack `Stepwell-V1`. */
function sameStack(one: PlacedPipeline, other: PlacedPipeline): Problem[] {
  const { name } = one.pipeline;
  if (other.pipeline.name === name || titleOf(other.pipeline.name) !== titleOf(name)) return [];
  return [
    {
      field: 'name',
      value: show(name),
      rule: `the stack of ${placed(other)} is called Stepwell-${titleOf(name)} as well as that of ${placed(one)}`,
      remedy: 'Rename one of them.',
    },
  ];
}

/** In the lake each pipeline has a database of its own. */
function sameTables(one: PlacedPipeline, other: PlacedPipeline): Problem[] {
  return one.pipeline.sinks.flatMap(({ kind, table }, index) => {
    if (kind === 'lake' || !other.pipeline.sinks.some((sink) => sink.kind === kind && sink.table === table)) return [];
    return [
      {
        field: `sinks[${index}].table`,
        value: show(table),
        rule: `${placed(other)} and ${placed(one)} write the same ${kind} table, and only the pipeline that creates a table may write it`,
        remedy: 'Give one of them another table, or write it from one pipeline.',
      },
    ];
  });
}
