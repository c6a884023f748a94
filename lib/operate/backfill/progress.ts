/** How far a backfill is: what its Map Run counts, which is one call however many runs there are. */
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import type { BackfillFailure, BackfillItem } from '../../tasks/backfill';
import { failureOf } from '../../tasks/backfill-failure';
import { count } from '../text';
import { isOpen } from './ledger';

/** `succeeded` has those in it that had nothing to do, which only the end tells apart. */
export interface Progress {
  readonly succeeded: number;
  readonly failed: number;
  readonly running: number;
  readonly pending: number;
}

/** Undefined until its list of runs is read. */
export async function progressOf(
  stepFunctions: SFNClient,
  { executionArn }: Pick<BackfillItem, 'executionArn'>,
): Promise<Progress | undefined> {
  const mapRunArn = await mapRunOf(stepFunctions, executionArn);
  if (mapRunArn === undefined) return undefined;
  const { executionCounts } = await stepFunctions.send(new DescribeMapRunCommand({ mapRunArn }));
  const { succeeded = 0, failed = 0, timedOut = 0, aborted = 0, running = 0, pending = 0 } = executionCounts ?? {};
  return { succeeded, failed: failed + timedOut, running, pending: pending + aborted };
}

/** With what its Map Run counts, where its state machine has ended before it could count for itself. */
export async function counted(stepFunctions: SFNClient, item: BackfillItem): Promise<BackfillItem> {
  if (isOpen(item) || item.counts) return item;
  const { succeeded = 0, failed = 0 } = (await progressOf(stepFunctions, item)) ?? {};
  return { ...item, counts: { succeeded, skipped: 0, failed } };
}

export async function mapRunOf(stepFunctions: SFNClient, executionArn: string): Promise<string | undefined> {
  try {
    const { mapRuns = [] } = await stepFunctions.send(new ListMapRunsCommand({ executionArn }));
    return mapRuns[0]?.mapRunArn;
  } catch (error) {
    if ((error as Error).name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** So many are named while it runs; its end names more. */
const MOST_FAILURES = 5;

/** The latest runs that have failed of one that goes on. */
export async function failuresOf(
  stepFunctions: SFNClient,
  { executionArn }: Pick<BackfillItem, 'executionArn'>,
): Promise<BackfillFailure[]> {
  const mapRunArn = await mapRunOf(stepFunctions, executionArn);
  if (mapRunArn === undefined) return [];
  const { executions = [] } = await stepFunctions.send(
    new ListExecutionsCommand({ mapRunArn, statusFilter: 'FAILED', maxResults: MOST_FAILURES }),
  );
  return Promise.all(
    executions.map(async (child) => {
      const {
        input = '{}',
        status = 'FAILED',
        error,
        cause,
      } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn: child.executionArn }));
      return failureOf({ input, status, error, cause });
    }),
  );
}

export function progressText(progress: Progress | undefined, runs: number): string {
  if (progress === undefined) return `0 of ${count(runs)} ended`;
  const { succeeded, failed, running } = progress;
  return [
    `${count(succeeded + failed)} of ${count(runs)} ended`,
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ...(running > 0 ? [`${count(running)} under way`] : []),
  ].join(', ');
}
