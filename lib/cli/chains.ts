/** Runs of pipelines that start `after` others: what `npm start` sets going goes on until the last of them has ended. */
import { type Deployed, pipelineNamed } from '../operate/connection';
import type { FollowedRun, FollowOptions } from '../operate/follow';
import type { PipelineFolder } from '../operate/pipelines';
import type { StartedRun } from './start-runs';

export interface Chain {
  /** in the order of `awaited` */
  readonly followed: readonly FollowedRun[];
  readonly awaited: readonly StartedRun[];
}

/**
 * `watch` follows some runs to their end, and those that `next` names as soon as one of them has ended: what it starts, and so on. There is
 * no circle.
 */
export async function followChain(
  started: readonly StartedRun[],
  next: (ended: StartedRun, run: FollowedRun) => readonly StartedRun[] | Promise<readonly StartedRun[]>,
  watch: (
    started: readonly StartedRun[],
    onEnd: NonNullable<FollowOptions['onEnd']>,
  ) => Promise<readonly FollowedRun[]>,
): Promise<Chain> {
  if (started.length === 0) return { followed: [], awaited: [] };
  const awaited = [...started];
  const followed = await watch(started, async (run, index, follow) => {
    const more = await next(awaited[index]!, run);
    awaited.push(...more);
    follow(more.map(({ wanted }) => wanted));
  });
  return { followed, awaited };
}

/** A run that has published starts one of each pipeline after it; its output says so to the rule as well. */
export function runsAfter(
  { pipeline: upstream }: Pick<StartedRun, 'pipeline'>,
  run: FollowedRun,
  pipelines: readonly PipelineFolder['pipeline'][],
  stacks: Deployed,
): StartedRun[] {
  const { executionArn, key, progress } = run;
  if (executionArn === undefined || progress.status !== 'SUCCEEDED' || progress.output?.published === undefined) {
    return [];
  }
  const afterRun = executionArn.split(':').at(-1)!;
  return pipelines
    .filter(({ trigger }) => trigger.kind === 'after' && trigger.pipeline === upstream)
    .map(({ name }) => ({
      pipeline: name,
      wanted: {
        key: `${name} after ${key}`,
        afterRun,
        stateMachineArn: pipelineNamed(stacks, name).stateMachineArn,
      },
    }));
}
