import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DescribeExecutionCommand, type DescribeExecutionOutput, type SFNClient } from '@aws-sdk/client-sfn';
import { type AfterClaim, identityAfter } from '../shared/after-claim';
import { getItem, type Ledger, ledgerKeys, queryOpen } from '../shared/ledger';
import { type RunItem, updateRun } from '../shared/run-item';
import { eachOf } from './each-of';

/** DescribeExecution has 15 calls a second in the whole account: a sweep takes a share of one second. */
const BATCH = 10;
/** A pipeline that was deleted, or not deployed yet. */
const GIVE_UP_MS = 24 * 3_600_000;
const LOOK_AGAIN_MS = 30 * 60_000;

export interface SweepRuns {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  readonly events: EventBridgeClient;
  readonly now: () => number;
}

/** Finds runs whose execution has ended without anybody having heard, or of which something could not be told yet. Returns for how many it has sent the event once more. */
export async function sweepRuns(services: SweepRuns): Promise<number> {
  const due = await queryOpen<RunItem>(services.ledger, 'run', iso(services.now()), BATCH);
  const sent = await eachOf(due, (run) => sweepRun(run, services));
  return sent.filter(Boolean).length;
}

async function sweepRun({ pipeline, runId }: RunItem, services: SweepRuns): Promise<boolean> {
  const run = await getItem<RunItem>(services.ledger, ledgerKeys.run(pipeline, runId));
  // The index lags behind the table.
  if (run?.openPk !== 'run' || (run.dueAt ?? '') > iso(services.now())) return false;
  const execution = await describeExecution(run.executionArn, services);
  const open = { expression: 'openPk = :run', values: { ':run': 'run' } };
  const isUntold = execution?.status === 'SUCCEEDED' && run.status === 'SUCCEEDED' && Boolean(run.tell?.length);
  const isUnheard = execution?.status === 'SUCCEEDED' && (await startsUnheard(run, services));
  if (execution?.status === 'SUCCEEDED' && !isUntold && !isUnheard) {
    const endedAt = execution.stopDate?.toISOString();
    await updateRun(services.ledger, run, { status: 'SUCCEEDED', endedAt, openPk: undefined, dueAt: undefined }, open);
    return false;
  }
  if (!execution) {
    // Its state machine was deleted, or it is too old.
    const error = { name: 'ExecutionDoesNotExist', cause: 'Step Functions does not know the execution any more.' };
    // One that is FAILED already has its own error.
    const change =
      run.status === 'FAILED'
        ? { openPk: undefined, dueAt: undefined }
        : // No event will tell anybody: the watch does.
          ({ status: 'FAILED', error, openPk: 'gone', dueAt: iso(services.now()) } as const);
    await updateRun(services.ledger, run, change, open);
    return false;
  }
  const isFailed = execution.status === 'FAILED' || execution.status === 'TIMED_OUT' || execution.status === 'ABORTED';
  const isToldOf = isFailed || isUntold || isUnheard;
  if (isToldOf) await sendEvent(execution, isUntold, services);
  await updateRun(services.ledger, run, { dueAt: iso(services.now() + LOOK_AGAIN_MS) }, open);
  return isToldOf;
}

/** Whether a pipeline that is to start after the run has not begun with its load; one that never does is given up. */
async function startsUnheard(run: RunItem, { ledger, now }: SweepRuns): Promise<boolean> {
  const { starts = [], loadKey, generation = 0, endedAt } = run;
  if (loadKey === undefined || Date.parse(endedAt ?? '') + GIVE_UP_MS < now()) return false;
  for (const pipeline of starts) {
    const { loadId } = identityAfter(pipeline, loadKey);
    const claim = await getItem<AfterClaim>(ledger, ledgerKeys.after(pipeline, loadId));
    if (claim === undefined || claim.generation < generation) return true;
  }
  return false;
}

async function describeExecution(
  executionArn: string,
  { stepFunctions }: SweepRuns,
): Promise<DescribeExecutionOutput | undefined> {
  try {
    return await stepFunctions.send(new DescribeExecutionCommand({ executionArn, includedData: 'METADATA_ONLY' }));
  } catch (error) {
    if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return undefined;
    throw error;
  }
}

/** The event that was lost, as Step Functions sends it; the pipeline's own function reports it, to the pipeline's own readers. */
async function sendEvent(execution: DescribeExecutionOutput, isUntold: boolean, { events }: SweepRuns): Promise<void> {
  const { executionArn, stateMachineArn, name, status, startDate, stopDate, redriveCount } = execution;
  const detail = {
    executionArn,
    stateMachineArn,
    name,
    status,
    startDate: startDate?.getTime() ?? null,
    stopDate: stopDate?.getTime() ?? null,
    redriveCount: redriveCount ?? 0,
    // As the rules of what is told, and of pipelines that start after this one, want it.
    ...(status === 'SUCCEEDED' ? { output: isUntold ? '{"published":[],"tell":[]}' : '{"published":[]}' } : {}),
  };
  const { FailedEntryCount, Entries } = await events.send(
    new PutEventsCommand({
      Entries: [
        {
          Source: 'stepwell',
          DetailType: 'Step Functions Execution Status Change',
          Resources: [executionArn!],
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  if (FailedEntryCount) throw new Error(`EventBridge did not take the event: ${Entries?.[0]?.ErrorMessage}`);
}

const iso = (ms: number): string => new Date(ms).toISOString();
