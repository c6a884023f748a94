/** Pipelines that a stream starts, after one whose run has put records on it. */
import { pipelineNamed } from '../operate/connection';
import type { FollowedRun } from '../operate/follow';
import type { Pipeline } from '../pipeline/types';
import { type Publishing, publishNow } from './publish-now';
import type { StartedRun } from './start-runs';

export interface Feeding extends Publishing {
  /** those that may be started */
  readonly pipelines: readonly Pipeline[];
}

/** Of a run that has ended. */
export async function fedRuns({ key, progress }: FollowedRun, feeding: Feeding): Promise<StartedRun[]> {
  const put = new Map(
    (progress.output?.published ?? []).flatMap(({ sink, rows }) => {
      const [kind, stream] = sink.split(/:(.*)/s);
      return kind === 'kinesis' && rows > 0 ? [[stream!, rows]] : [];
    }),
  );
  const readers = feeding.pipelines.filter(({ stream }) => stream && put.has(stream.trigger.stream));
  return Promise.all(
    readers.map(async ({ name, stream }) => {
      const at = pipelineNamed(feeding.stacks, name);
      const executionArn = await publishNow(at, put.get(stream!.trigger.stream)!, feeding);
      const of = `${name} after ${key}`;
      // A version that no run is of: it is told as one that has not started.
      const none = { key: of, versionId: '', stateMachineArn: at.stateMachineArn };
      return { pipeline: name, wanted: executionArn === undefined ? none : { key: of, executionArn } };
    }),
  );
}

/** Feeds of these pipelines, which have nothing to read without them. */
export const feedsOf = (pipelines: readonly Pipeline[], all: readonly Pipeline[]): readonly Pipeline[] => {
  const streams = new Set(pipelines.flatMap(({ stream }) => stream?.trigger.stream ?? []));
  return all.filter(({ sinks }) => sinks.some((sink) => sink.kind === 'kinesis' && streams.has(sink.stream)));
};
