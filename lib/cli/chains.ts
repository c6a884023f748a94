/** Runs of pipelines that start `after` others: what `npm start` sets going goes on until the last of them has ended. */
import { type Deployed, pipelineNamed } from '../operate/connection';
import type { FollowedRun } from '../operate/follow';
import type { PipelineFolder } from '../operate/pipelines';
import type { StartedRun } from './start-runs';

export interface Chain {
  /** in the order of `awaited` */
  readonly followed: readonly FollowedRun[];
  readonly awaited: readonly StartedRun[];
}

/** `watch` follows some runs to their end. Those that they start are followed next, and so on: there is no circle. */
export async function followChain(
  started: readonly StartedRun[],
  pipelines: readonly PipelineFolder['pipeline'][],
  stacks: Deployed,
  watch: (wave: readonly StartedRun[]) => Promise<readonly FollowedRun[]>,
): Promise<Chain> {
  const followed: FollowedRun[] = [];
  const awaited: StartedRun[] = [];
  for (let wave = started; wave.length > 0; ) {
    const ended = await watch(wave);
    followed.push(...ended);
    awaited.push(...wave);
    const upstream = wave.map(({ pipeline }, index) => ({ pipeline, run: ended[index]! }));
    wave = upstream.flatMap((one) => runsAfter(one, pipelines, stacks));
  }
  return { followed, awaited };
}

/** A run that has published starts one of each pipeline after it; its output says so to the rule as well. */
function runsAfter(
  { pipeline: upstream, run }: { readonly pipeline: string; readonly run: FollowedRun },
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
