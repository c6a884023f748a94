import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { Ledger } from './ledger';
import { getRun, type RunItem } from './run-item';

/** Who has claimed something for a run. */
export interface Owned {
  /** ARN of the execution */
  readonly owner: string;
  readonly runId: string;
}

interface Services {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
}

/**
 * Whether the execution behind a claim has failed, is gone or has left it out (`loads` says whether a run that succeeded has loaded
 * it), so that another run may take the claim over.
 */
export async function ownerFailed(
  claim: Owned,
  pipeline: string,
  services: Services,
  loads: (run: RunItem) => boolean | Promise<boolean>,
): Promise<boolean> {
  const run = await getRun(services.ledger, pipeline, claim.runId);
  if (run?.executionArn === claim.owner) {
    // A late attempt of its Admit may have claimed what the run does not load: then nobody does.
    if (run.status === 'SUCCEEDED') return !(await loads(run));
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

/** Whether some of what the failed execution behind a claim was to load may be in targets: then another run has to replace it. */
export async function mayHavePublished(claim: Owned, pipeline: string, services: Services): Promise<boolean> {
  const run = await getRun(services.ledger, pipeline, claim.runId);
  if (run?.executionArn !== claim.owner) return true;
  // It has left out what it had claimed.
  if (run.status === 'SUCCEEDED' || run.status === 'SKIPPED') return false;
  return !(await hasPublishedNothing(run, services));
}

/** It failed at a step before Publish, and has not been redriven. */
export async function hasPublishedNothing(
  { status, error, executionArn }: RunItem,
  { stepFunctions }: Pick<Services, 'stepFunctions'>,
): Promise<boolean> {
  if (status !== 'FAILED' || error?.step === undefined || /^(Publish|Record)\b/.test(error.step)) return false;
  try {
    const execution = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
    return execution.status !== 'RUNNING' && execution.status !== 'SUCCEEDED';
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return true;
    throw error;
  }
}
