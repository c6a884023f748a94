/** Which pipelines `npm start` runs on their samples. All are deployed in any case. */
import { namedPipelines, type PipelineFolder } from '../operate/pipelines';
import { feedsOf } from './fed-runs';
import type { StartOptions } from './start';

/**
 * Those that are named, with what feeds their streams. Where none is: all, but with `--once` no streams. Their functions are some twenty
 * processes more, for which who wants to see everything once would wait.
 */
export function chosenPipelines(
  all: readonly PipelineFolder[],
  { pipelines, once }: Pick<StartOptions, 'pipelines' | 'once'>,
): readonly PipelineFolder[] {
  if (pipelines.length > 0) return withFeeds(namedPipelines(all, pipelines), all);
  if (!once) return all;
  const ofStreams = withFeeds(
    all.filter(({ pipeline }) => pipeline.stream !== undefined),
    all,
  );
  return all.filter((one) => !ofStreams.includes(one));
}

/** What a stream starts has nothing to read unless somebody puts records on the stream. */
function withFeeds(some: readonly PipelineFolder[], all: readonly PipelineFolder[]): readonly PipelineFolder[] {
  const pipelinesOf = (folders: readonly PipelineFolder[]) => folders.map(({ pipeline }) => pipeline);
  const feeds = feedsOf(pipelinesOf(some), pipelinesOf(all));
  return all.filter((one) => some.includes(one) || feeds.includes(one.pipeline));
}
