/** What Admit tells the ledger of a run, whatever has started it. */
import type { Run } from '../../lib/tasks/common';
import type { Ledger } from './ledger';
import { NOT_SUCCEEDED, type RunItem, updateRun } from './run-item';

/** How long after its start the sweeper first looks whether a run's execution has ended without telling. */
export const RUN_SWEEP_AFTER_MS = 30 * 60_000;

export interface Execution {
  readonly arn: string;
  readonly name: string;
  /** ISO 8601 */
  readonly startedAt: string;
}

/** What a run is from its start, whatever it finds to load. */
export const begun = (
  pipeline: string,
  { name, arn, startedAt }: Execution,
  { loadKey, loadId }: Pick<Run, 'loadKey' | 'loadId'>,
): Pick<Run, 'pipeline' | 'runId' | 'executionArn' | 'startedAt' | 'loadKey' | 'loadId'> => ({
  pipeline,
  runId: name,
  executionArn: arn,
  startedAt,
  loadKey,
  loadId,
});

/** The run goes on. `of` says what it loads. */
export async function recordAdmitted(
  ledger: Ledger,
  run: Run,
  of: Pick<
    RunItem,
    'objects' | 'list' | 'gathered' | 'rebuilds' | 'interval' | 'after' | 'sources' | 'cursors' | 'rerunOf' | 'replayOf'
  >,
  now: number,
): Promise<void> {
  const { startedAt, loadKey, loadId, generation, arrival } = run;
  const dueAt = new Date(now + RUN_SWEEP_AFTER_MS).toISOString();
  const open = { openPk: 'run', dueAt, endedAt: undefined, error: undefined } as const;
  const changes = { status: 'RUNNING', startedAt, loadKey, loadId, generation, arrival, ...of, ...open } as const;
  await updateRun(ledger, run, changes, NOT_SUCCEEDED);
}

/** The run has nothing to do. `of` says why, and what it would have loaded. */
export async function recordSkipped(
  ledger: Ledger,
  pipeline: string,
  { arn, name, startedAt }: Execution,
  of: Pick<RunItem, 'reason' | 'interval' | 'after'>,
  now: number,
): Promise<void> {
  const run = { pipeline, runId: name, executionArn: arn };
  // An earlier attempt may have been admitted; then somebody reprocessed what it had claimed.
  const over = { endedAt: new Date(now).toISOString(), openPk: undefined, dueAt: undefined };
  await updateRun(ledger, run, { status: 'SKIPPED', startedAt, ...of, ...over }, NOT_SUCCEEDED);
}
