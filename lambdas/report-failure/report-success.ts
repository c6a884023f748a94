import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import type { Alert } from '../../lib/tasks/alert';
import { type RejectedRow, rejectedRow } from '../../lib/tasks/common';
import type { Told } from '../../lib/tasks/record';
import { type AlertOutcome, sendAlert } from '../shared/alerts/send';
import { getHealth, noteRecovery, recoveryBy, type SucceededRun } from '../shared/health';
import { getRun, type RunItem, updateRun } from '../shared/run-item';
import { composePartial } from './compose-partial';
import { composeRecovery, composeSuccess, composeWarning } from './compose-success';
import type { ReportServices } from './report';

/** EventBridge's "Step Functions Execution Status Change" of a run that has succeeded, and that there is something to tell of. */
export const successEvent = z.object({
  detail: z.object({ executionArn: z.string(), name: z.string(), status: z.literal('SUCCEEDED') }),
});
export type SuccessEvent = z.infer<typeof successEvent>;

export type SuccessServices = Pick<ReportServices, 'ledger' | 'stepFunctions' | 'alerts' | 'readStart' | 'warn'>;

/** Tells what `record` has found worth telling, once, however often the event comes. */
export async function reportSuccess(
  pipeline: string,
  { detail: { executionArn, name: runId } }: SuccessEvent,
  services: SuccessServices,
): Promise<'reported' | 'reported before' | 'being reported' | 'out of date'> {
  const { ledger, stepFunctions } = services;
  const run = await getRun(ledger, pipeline, runId);
  if (run?.executionArn !== executionArn || run.status !== 'SUCCEEDED') return 'out of date';
  if (!run.tell?.length) return 'reported before';
  const { redriveCount = 0 } = await stepFunctions.send(
    new DescribeExecutionCommand({ executionArn, includedData: 'METADATA_ONLY' }),
  );
  const outcomes: (AlertOutcome | undefined)[] = [];
  for (const what of run.tell) outcomes.push(await TELL[what](run, redriveCount, services));
  if (outcomes.includes('being sent')) return 'being reported';
  // Where pipelines start after it, the sweeper looks whether they have begun.
  await updateRun(ledger, run, {
    tell: undefined,
    ...(run.starts?.length ? {} : { openPk: undefined, dueAt: undefined }),
  });
  return outcomes.some((outcome) => outcome === 'sent' || outcome === 'gathered') ? 'reported' : 'reported before';
}

type Tell = (run: RunItem, redriveCount: number, services: SuccessServices) => Promise<AlertOutcome | undefined>;

const TELL: Readonly<Record<Told, Tell>> = {
  partial: (run, redriveCount, { alerts }) => sendAlert(composePartial(run, redriveCount), alerts),
  quarantine: async (run, redriveCount, services) =>
    sendAlert(composeWarning(run, await firstBadRows(run, services), redriveCount), services.alerts),
  'check-warning': (run, redriveCount, { alerts }) => sendAlert(composeWarning(run, [], redriveCount), alerts),
  recovery: (run, redriveCount, services) =>
    tellRecovery(run.pipeline, { runId: run.runId, loadKey: run.loadKey, at: run.endedAt ?? '' }, services, {
      run,
      redriveCount,
    }),
  success: (run, redriveCount, { alerts }) => sendAlert(composeSuccess(run, redriveCount), alerts),
};

/** Of failures that were gathered nobody has heard yet, or among many others: their end is no news. */
export async function tellRecovery(
  pipeline: string,
  success: SucceededRun,
  { ledger, alerts }: Pick<SuccessServices, 'ledger' | 'alerts'>,
  { run, redriveCount }: { readonly run: RunItem; readonly redriveCount: number },
): Promise<AlertOutcome | undefined> {
  const recovery = recoveryBy(success, await getHealth(ledger, pipeline));
  const { downSince, mended, missing } = recovery;
  const failed = downSince === undefined ? mended : [...mended, ...missing.filter(({ at }) => at >= downSince)];
  const isNews = failed.some(({ told }) => told);
  const alert: Alert | undefined = isNews ? composeRecovery(run, recovery, redriveCount) : undefined;
  const outcome = alert && (await sendAlert(alert, alerts));
  if (outcome !== 'being sent') await noteRecovery(ledger, pipeline, success);
  return outcome;
}

const MOST_FILES = 10;
const READ_BYTES = 256 * 1024;

/** The mail is worth more than its examples. */
async function firstBadRows({ quarantine = [] }: RunItem, services: SuccessServices): Promise<RejectedRow[]> {
  const rows: RejectedRow[] = [];
  try {
    for (const key of quarantine.slice(0, MOST_FILES)) {
      const text = await services.readStart(key, READ_BYTES);
      // The last line may be cut off.
      for (const line of text.split('\n')) rows.push(...parsedRow(line));
    }
  } catch (error) {
    services.warn('The bad rows of the run could not be read', error as Error);
  }
  return rows;
}

function parsedRow(line: string): RejectedRow[] {
  try {
    return [z.parse(rejectedRow, JSON.parse(line))];
  } catch {
    return [];
  }
}
