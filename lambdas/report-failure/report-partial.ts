import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { isSent, markSent, takeAlert } from '../shared/alert';
import { ledgerKeys } from '../shared/ledger';
import { getRun, updateRun } from '../shared/run-item';
import { composePartialMail } from './compose-partial-mail';
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
  services: Pick<ReportServices, 'ledger' | 'stepFunctions' | 'sns' | 'topicArn' | 'requestId' | 'now'>,
): Promise<'reported' | 'reported before' | 'out of date'> {
  const { ledger, stepFunctions, sns, topicArn } = services;
  const run = await getRun(ledger, pipeline, runId);
  if (run?.executionArn !== executionArn || run.status !== 'SUCCEEDED' || !run.failed?.length) return 'out of date';
  const { redriveCount = 0 } = await stepFunctions.send(
    new DescribeExecutionCommand({ executionArn, includedData: 'METADATA_ONLY' }),
  );
  const alert = ledgerKeys.alert(executionArn, redriveCount, 'PARTIAL');
  // Where pipelines start after it, the sweeper looks whether they have begun.
  const over = async () =>
    run.starts?.length || (await updateRun(ledger, run, { openPk: undefined, dueAt: undefined }));
  if (!(await takeAlert(alert, services))) {
    if (await isSent(alert, ledger)) await over();
    return 'reported before';
  }
  const { subject, text } = composePartialMail(run);
  await sns.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: text }));
  await markSent(alert, services);
  await over();
  return 'reported';
}
