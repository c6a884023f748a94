import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import * as z from 'zod/mini';
import { sendAlert } from '../shared/alerts/send';
import { getRun, updateRun } from '../shared/run-item';
import { composePartial } from './compose-partial';
import type { ReportServices } from './report';

/** EventBridge's "Step Functions Execution Status Change" of a run that has succeeded without some of its partitions. */
export const partialEvent = z.object({
  detail: z.object({ executionArn: z.string(), name: z.string(), status: z.literal('SUCCEEDED') }),
});
export type PartialEvent = z.infer<typeof partialEvent>;

/** Sends one mail that says what is missing, however often the event comes. */
export async function reportPartial(
  pipeline: string,
  { detail: { executionArn, name: runId } }: PartialEvent,
  services: Pick<ReportServices, 'ledger' | 'stepFunctions' | 'alerts'>,
): Promise<'reported' | 'reported before' | 'out of date'> {
  const { ledger, stepFunctions, alerts } = services;
  const run = await getRun(ledger, pipeline, runId);
  if (run?.executionArn !== executionArn || run.status !== 'SUCCEEDED' || !run.failed?.length) return 'out of date';
  const { redriveCount = 0 } = await stepFunctions.send(
    new DescribeExecutionCommand({ executionArn, includedData: 'METADATA_ONLY' }),
  );
  const outcome = await sendAlert(composePartial(run, redriveCount), alerts);
  // Where pipelines start after it, the sweeper looks whether they have begun.
  if (outcome !== 'being sent' && !run.starts?.length)
    await updateRun(ledger, run, { openPk: undefined, dueAt: undefined });
  return outcome === 'sent' || outcome === 'gathered' ? 'reported' : 'reported before';
}
