import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Ledger } from './ledger';
import { getRun, type RunItem } from './run-item';

/** Who has claimed something for a run. */
export interface Owned {
  /** ARN of the execution */
  readonly owner: string;
  readonly runId: string;
}

/**
 * Whether the execution behind a claim has failed, is gone or has left it out (`loads` says whether a run that succeeded has loaded
 * it), so that another run may take the claim over.
 */
export async function ownerFailed(
  claim: Owned,
  pipeline: string,
  services: { readonly ledger: Ledger; readonly stepFunctions: SFNClient },
  loads: (run: RunItem) => boolean,
): Promise<boolean> {
  const run = await getRun(services.ledger, pipeline, claim.runId);
  if (run?.executionArn === claim.owner) {
    // A late attempt of its Admit may have claimed what the run does not load: then nobody does.
    if (run.status === 'SUCCEEDED') return !loads(run);
    if (run.status === 'FAILED' || run.status === 'SKIPPED') return true;
  }
  // The ledger learns of a failure by an event, which can be late or lost.
  try {
    const { status } = await services.stepFunctions.send(new DescribeExecutionCommand({ executionArn: claim.owner }));
    return status === 'FAILED' || status === 'TIMED_OUT' || status === 'ABORTED';
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return true;
    throw error;
  }
}
