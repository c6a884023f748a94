/** Follows one run until it has ended; Ctrl-C leaves it, and it goes on. */
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { FollowedRun, Wanted } from '../operate/follow';
import { onInterrupt } from './interrupt';
import type { VerbOptions } from './printer';
import { stagesOn } from './stages';
import { watchRuns } from './watch';

export async function followRun(
  pipeline: string,
  stepFunctions: SFNClient,
  wanted: Wanted,
  { json }: Pick<VerbOptions, 'json'>,
): Promise<FollowedRun> {
  const interruption = onInterrupt(() => process.stderr.write('\nNo longer following: the run goes on.\n'));
  try {
    const stages = stagesOn(json ? process.stderr : process.stdout);
    const [followed] = await watchRuns(stages, [pipeline], stepFunctions, [wanted], { signal: interruption.signal });
    return followed!;
  } finally {
    interruption.release();
  }
}
