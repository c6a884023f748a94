/** How far a backfill is: what its Map Run counts, which is one call however many runs there are. */
import {
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { type Backfills, findBackfill, isOpen } from '../../operate/backfill/ledger';
import { count } from '../../operate/text';
import type { BackfillFailure, BackfillItem } from '../../tasks/backfill';
import { failureOf } from '../../tasks/backfill-failure';
import { onInterrupt } from '../interrupt';
import { stagesOn } from '../stages';

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

/** Above what Step Functions refills for DescribeMapRun, one a second for the whole account. */
const ROUND_MS = 2000;
const FIRST_ROUNDS_MS = 250;
const FIRST_ROUNDS = 8;

/** Follows it until it has ended; Ctrl-C leaves it, and it goes on. Undefined then. */
export async function followBackfill(
  backfills: Backfills,
  { id, pipeline, runs }: BackfillItem,
  { json }: { readonly json: boolean },
): Promise<BackfillItem | undefined> {
  const interruption = onInterrupt(() =>
    process.stderr.write(`\nNo longer following: the backfill goes on. See: npx stepwell backfill show ${id}\n`),
  );
  try {
    return await stagesOn(json ? process.stderr : process.stdout).run(`${pipeline}: backfill ${id}`, async (stage) => {
      let last = '';
      for (let round = 0; ; round++) {
        const item = await findBackfill(backfills, id);
        // Whoever cancels it says so first, and then when it had stopped.
        if (!isOpen(item) && item.endedAt !== undefined)
          return {
            title: `${pipeline}: backfill ${id} has ended`,
            value: await counted(backfills.stepFunctions, item),
          };
        if (interruption.signal.aborted) return { title: `${pipeline}: backfill ${id} goes on`, value: undefined };
        const progress = await progressOf(backfills.stepFunctions, item);
        const line = `${pipeline}: ${item.status === 'PAUSED' ? 'paused, ' : ''}${progressText(progress, runs)}`;
        stage.show(line);
        if (line !== last) stage.log(line);
        last = line;
        await pause(round < FIRST_ROUNDS ? FIRST_ROUNDS_MS : ROUND_MS, interruption.signal);
      }
    });
  } finally {
    interruption.release();
  }
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

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
