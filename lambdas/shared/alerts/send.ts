/**
 * The one way to tell a person: an alert goes to the pipeline's topic once, however often and by whomever it is raised.
 *
 * ```ts
 * await sendAlert({ kind: 'stuck', severity: 'error', pipeline, runId, title, lines, dedupeKey: runId }, alertServices(context));
 * ```
 *
 * At least once: the ledger's item is taken before, and marked as sent after. Where the function dies in between, its retry sends (it has
 * the same request id), or whoever raises the alert again after two minutes.
 */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Alert, AlertKind } from '../../../lib/tasks/alert';
import { dynamoDb, sns } from '../clients';
import { environment } from '../environment';
import { ledgerKeys } from '../ledger';
import { isSent, markSent, type Sender, takeAlert } from './claim';
import { inEnvironment } from './in-environment';
import { mailOf } from './mail';
import { mayTell } from './pace';

export interface AlertServices extends Sender {
  readonly sns: SNSClient;
  /** of a pipeline */
  readonly topicArn: (pipeline: string) => string;
  /** how many of a kind are told one by one; 10 unless told */
  readonly atOnce?: number | undefined;
}

/** From the environment of a function with the grant `publishAlerts`, or of one of the foundation's, whose ARN says `{pipeline}`. */
export function alertServices({ requestId }: { readonly requestId: string }): AlertServices {
  const arn = environment('ALERTS_TOPIC_ARN');
  return {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    sns: sns(),
    topicArn: (pipeline) => arn.replace('{pipeline}', pipeline),
    atOnce: process.env.ALERTS_AT_ONCE ? Number(process.env.ALERTS_AT_ONCE) : undefined,
    requestId,
    now: Date.now,
  };
}

/**
 * `gathered`: there were so many of the kind lately that it is told together with others, within hours. `being sent` is what another
 * invocation is at: raise it again later, if it matters that it was sent.
 */
export type AlertOutcome = 'sent' | 'gathered' | 'sent before' | 'being sent';

/** One for each run was asked for, or it ends what was told. */
const NEVER_GATHERED: readonly AlertKind[] = ['success', 'recovery'];

export async function sendAlert(alert: Alert, services: AlertServices): Promise<AlertOutcome> {
  const item = ledgerKeys.alert(alert.pipeline, alert.kind, alert.dedupeKey);
  if (!(await takeAlert(item, services))) return (await isSent(item, services.ledger)) ? 'sent before' : 'being sent';
  const isNow = NEVER_GATHERED.includes(alert.kind) || (await mayTell(alert, services));
  if (isNow) await publishAlert(alert, services);
  await markSent(item, services);
  return isNow ? 'sent' : 'gathered';
}

/** Without looking whether it was sent before. Subscriptions choose by the attributes. */
export async function publishAlert(told: Alert, { sns: client, topicArn }: AlertServices): Promise<void> {
  const alert = inEnvironment(told);
  const { subject, text } = mailOf(alert);
  const { mail: _mail, ...document } = alert;
  const attribute = (value: string) => ({ DataType: 'String', StringValue: value });
  await client.send(
    new PublishCommand({
      TopicArn: topicArn(alert.pipeline),
      Subject: subject,
      MessageStructure: 'json',
      // People read the text, functions the document.
      Message: JSON.stringify({ default: text, lambda: JSON.stringify(document) }),
      MessageAttributes: {
        kind: attribute(alert.kind),
        severity: attribute(alert.severity),
        pipeline: attribute(alert.pipeline),
      },
    }),
  );
}
