import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { ObjectVersion } from '../../lib/tasks/common';
import type { Claim } from '../shared/claim-item';
import type { Ledger } from '../shared/ledger';
import { getRun } from '../shared/run-item';

/** Whether the execution behind a claim has failed, is gone or has left it out, so that another run may take the claim over. */
export async function ownerFailed(
  claim: Claim,
  pipeline: string,
  services: { readonly ledger: Ledger; readonly stepFunctions: SFNClient },
): Promise<boolean> {
  const run = await getRun(services.ledger, pipeline, claim.runId);
  if (run?.executionArn === claim.owner) {
    // A late attempt of its Admit may have claimed what the run does not load: then nobody does.
    if (run.status === 'SUCCEEDED') return !run.objects?.some((object) => isOf(claim, object));
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

const isOf = (claim: Claim, { versionId, etag, size }: ObjectVersion): boolean =>
  claim.etag === etag && claim.size === size && claim.versionId === versionId;
