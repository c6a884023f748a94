import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import { backfillOf } from '../../lib/tasks/backfill';
import type { CheckResult } from '../../lib/tasks/check';
import type { ManifestRef, ObjectVersion } from '../../lib/tasks/common';
import { isSent, markSent, takeAlert } from '../shared/alerts/claim';
import { type AlertServices, sendAlert } from '../shared/alerts/send';
import { markClaims } from '../shared/claim-item';
import { type FailedNote, noteFailure } from '../shared/health';
import { type Ledger, ledgerKeys } from '../shared/ledger';
import { getRun, NOT_SUCCEEDED, type RunItem, updateRun } from '../shared/run-item';
import type { MetricName } from '../shared/task';
import { composeFailure, type Report } from './compose-failure';
import { sentenceOf } from './explain';
import { type BadRows, type ReadBadRows, readBadRows } from './read-bad-rows';
import { readCheckResults } from './read-check-results';
import { type Failure, readFailure } from './read-failure';
import { tellRecovery } from './report-success';

/** EventBridge's "Step Functions Execution Status Change". */
export const failureEvent = z.object({
  detail: z.object({
    executionArn: z.string(),
    name: z.string(),
    status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']),
    /** ms since 1970 */
    startDate: z.optional(z.nullable(z.number())),
    stopDate: z.optional(z.nullable(z.number())),
    error: z.optional(z.nullable(z.string())),
    cause: z.optional(z.nullable(z.string())),
    redriveCount: z.optional(z.nullable(z.number())),
  }),
});
export type FailureEvent = z.infer<typeof failureEvent>;

export interface ReportServices extends ReadBadRows {
  readonly ledger: Ledger;
  readonly stepFunctions: SFNClient;
  readonly alerts: AlertServices;
  /** of a run whose files were gathered */
  readonly readList?: (list: ManifestRef) => Promise<readonly ObjectVersion[]>;
  readonly workBucket: string;
  readonly metric: (name: MetricName, value: number) => void;
  readonly warn: (line: string, error: Error) => void;
  readonly now: () => number;
}

/**
 * Marks the run as failed, so that its objects can be taken over, and tells of it. Events come twice, and late: it does no harm. An
 * attempt that was redriven before its event came is told of, too, and marks nothing.
 */
export async function reportFailure(
  pipeline: string,
  { detail }: FailureEvent,
  services: ReportServices,
): Promise<Reported | 'out of date'> {
  const { executionArn, name: runId, status } = detail;
  const current = await services.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  const redriveCount = detail.redriveCount ?? current.redriveCount ?? 0;
  const isOvertaken = current.status !== status || (current.redriveCount ?? 0) > redriveCount;
  // It cannot be said of which attempt it is.
  if (isOvertaken && typeof detail.redriveCount !== 'number') return 'out of date';

  const failure = await readFailure(services.stepFunctions, {
    executionArn,
    status,
    error: detail.error,
    cause: detail.cause,
    ...(isOvertaken ? { overtaken: redriveCount } : {}),
  });
  const startedAt = isoDate(detail.startDate) ?? current.startDate?.toISOString();
  const endedAt = isoDate(detail.stopDate) ?? (isOvertaken ? undefined : current.stopDate?.toISOString());
  const badRows = await badRowsOf(failure, services);
  const checks = await checksOf(failure, services);
  const run = isOvertaken
    ? await getRun(services.ledger, pipeline, runId)
    : await markFailed(
        pipeline,
        { runId, executionArn, redriveCount, startedAt, endedAt, failure, badRows, checks },
        services,
      );

  const item = { pipeline, runId, executionArn };
  const told = await tell(
    {
      pipeline,
      runId,
      executionArn,
      status,
      startedAt,
      endedAt,
      redriveCount,
      ...(isOvertaken ? { since: current.status } : {}),
      failure,
      objects: (run?.objects ?? []).map(({ bucket, key }) => `s3://${bucket}/${key}`),
      gathered: run?.gathered,
      interval: run?.interval,
      after: run?.after,
      backfill: backfillOf(runId),
      badRows: badRows.rows,
      checks,
      quarantine: badRows.keys.map((key) => `s3://${services.workBucket}/${key}`),
    },
    services,
  );
  if (told !== 'reported before' && told !== 'being reported') services.metric('RunsFailed', 1);
  if (told !== 'being reported') {
    const note = {
      runId,
      redriveCount,
      at: endedAt ?? new Date(services.now()).toISOString(),
      step: failure.step,
      error: failure.error,
      loadKey: run?.loadKey,
      told: told === 'reported',
    };
    await noteAsDown(pipeline, note, services);
  }
  if (told !== 'being reported' && !isOvertaken) await close(item, services);
  return told;
}

export type Reported =
  | 'reported'
  | 'reported with its backfill'
  | 'reported with others'
  | 'reported before'
  | 'being reported';

/** A thousand intervals of a backfill may fail for one reason: the first is told, and the backfill itself tells of the others. */
async function tell(report: Report, { alerts }: ReportServices): Promise<Reported> {
  const alert = composeFailure(report);
  const { pipeline, backfill, redriveCount } = report;
  if (backfill !== undefined && redriveCount === 0) {
    const item = ledgerKeys.alert(pipeline, 'failure', alert.dedupeKey);
    if (!(await takeAlert(item, alerts)))
      return (await isSent(item, alerts.ledger)) ? 'reported before' : 'being reported';
    const outcome = await sendAlert({ ...alert, dedupeKey: `backfill-${backfill}` }, alerts);
    await markSent(item, alerts);
    return outcome === 'sent' ? 'reported' : 'reported with its backfill';
  }
  const outcome = await sendAlert(alert, alerts);
  return REPORTED[outcome];
}

const REPORTED = {
  sent: 'reported',
  gathered: 'reported with others',
  'sent before': 'reported before',
  'being sent': 'being reported',
} as const;

/** A success at the same time may have come too early to know of it, and nobody would tell that the pipeline works again. */
async function noteAsDown(pipeline: string, note: FailedNote, services: ReportServices): Promise<void> {
  const success = await noteFailure(services.ledger, pipeline, note);
  const run = success && (await getRun(services.ledger, pipeline, success.runId));
  if (success && run) await tellRecovery(pipeline, success, services, { run, redriveCount: run.redriveCount ?? 0 });
}

/** The failure is told: the sweeper need not look after the run any longer. Unless it was redriven, and goes on. */
async function close(run: { pipeline: string; runId: string; executionArn: string }, { ledger }: ReportServices) {
  const failed = { expression: '#status = :failed', names: { '#status': 'status' }, values: { ':failed': 'FAILED' } };
  await updateRun(ledger, run, { openPk: undefined, dueAt: undefined }, failed);
}

/** Longer than the attempts of one event last. */
const REPORT_AGAIN_AFTER_MS = 15 * 60_000;

interface FailedRun {
  readonly runId: string;
  readonly executionArn: string;
  readonly redriveCount: number;
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  readonly failure: Failure;
  readonly badRows: BadRows;
  readonly checks: readonly CheckResult[];
}

/** A run that failed in Admit, or before it, has no item yet: it gets one. Its claims, if any, are found failed by whoever wants them. */
async function markFailed(pipeline: string, failed: FailedRun, services: ReportServices): Promise<RunItem | undefined> {
  const { runId, executionArn, redriveCount, failure, badRows, checks } = failed;
  const before = await getRun(services.ledger, pipeline, runId);
  const endedAt = failed.endedAt ?? new Date(services.now()).toISOString();
  const marked = await updateRun(
    services.ledger,
    { pipeline, runId, executionArn },
    {
      status: 'FAILED',
      startedAt: before?.startedAt ?? failed.startedAt ?? endedAt,
      endedAt,
      redriveCount,
      error: { ...(failure.step ? { step: failure.step } : {}), name: failure.error, cause: sentenceOf(failure) },
      ...(badRows.keys.length > 0 ? { quarantine: badRows.keys } : {}),
      ...(badRows.rejected === undefined ? {} : { rejected: badRows.rejected }),
      ...(checks.length > 0 ? { checks } : {}),
      // Until the mail is on its way: where this function fails again and again, the sweeper sends the event once more.
      openPk: 'run',
      dueAt: new Date(services.now() + REPORT_AGAIN_AFTER_MS).toISOString(),
    },
    {
      expression: `${NOT_SUCCEEDED.expression} AND (attribute_not_exists(redriveCount) OR redriveCount <= :redriveCount)`,
      names: NOT_SUCCEEDED.names,
      values: { ...NOT_SUCCEEDED.values, ':redriveCount': redriveCount },
    },
  );
  if (marked && before) {
    const { list, objects: few = [] } = before;
    const objects = list && services.readList ? await services.readList(list) : few;
    await markClaims(services.ledger, pipeline, executionArn, objects, 'failed');
  }
  return before;
}

/** The mail is worth more than its bad rows. */
async function badRowsOf(failure: Failure, services: ReportServices): Promise<BadRows> {
  try {
    return await readBadRows(failure, services);
  } catch (error) {
    services.warn('The bad rows of the run could not be read', error as Error);
    return { rows: [], keys: [] };
  }
}

/** As the bad rows. */
async function checksOf(failure: Failure, services: ReportServices): Promise<CheckResult[]> {
  try {
    return await readCheckResults(failure, services);
  } catch (error) {
    services.warn('The results of the checks could not be read', error as Error);
    return [];
  }
}

function isoDate(ms: number | null | undefined): string | undefined {
  return ms === null || ms === undefined ? undefined : new Date(ms).toISOString();
}
