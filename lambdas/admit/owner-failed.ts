import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Claim } from '../shared/claim-item';
import type { Ledger } from '../shared/ledger';
import { getRun } from '../shared/run-item';

/** Whether the execution behind a claim has failed or is gone, so that another run may take the claim over. */
export async function ownerFailed(
  claim: Claim,
  pipeline: string,
  services: { readonly ledger: Ledger; readonly stepFunctions: SFNClient },
): Promise<boolean> {
  const run = await getRun(services.ledger, pipeline, claim.runId);
  if (run?.executionArn === claim.owner) {
    if (run.status === 'SUCCEEDED') return false;
    if (run.status === 'FAILED') return true;
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
