import type { Run } from '../../lib/tasks/common';
import { InvalidTaskInput } from '../../lib/tasks/errors';
import type { Ledger } from '../shared/ledger';
import { getRun } from '../shared/run-item';

/**
 * A run that is redriven when another has loaded one of its files, beside others: published by both, its rows would be in the tables
 * twice. Each run that has published nothing comes by here before it does.
 */
export async function refuseTakenOver(
  { pipeline, runId }: Pick<Run, 'pipeline' | 'runId'>,
  ledger: Ledger,
): Promise<void> {
  const { takenOverBy } = (await getRun(ledger, pipeline, runId)) ?? {};
  if (takenOverBy === undefined) return;
  throw new InvalidTaskInput(
    `Files of the run ${runId} have been taken over by the run ${takenOverBy}, which loads them beside others: their rows could be in the ` +
      `tables twice. This run has published nothing, and must not. See what became of the other one: npx stepwell show ${takenOverBy}`,
  );
}
