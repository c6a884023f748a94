/** Tells the chats: each channel by itself, so that one that is down neither delays another nor makes it hear twice. */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import * as z from 'zod/mini';
import { ALERT_KINDS, type Alert, type AlertKind } from '../../lib/tasks/alert';
import { markSent, type Sender, takeAlert } from '../shared/alerts/claim';
import { mailOf } from '../shared/alerts/mail';
import { ledgerKeys } from '../shared/ledger';
import { memberOf, type Secrets } from '../shared/secrets';
import { post } from './post';
import { readAlert, type SnsMessage } from './read-alert';
import { customNotification } from './slack-notification';
import { webhookBody } from './webhook-body';

const kinds = z.array(z.enum(ALERT_KINDS as [AlertKind, ...AlertKind[]]));
/** The function's ALERT_CHANNELS. */
export const alertChannels = z.object({
  slack: z.optional(z.object({ kinds })),
  webhook: z.optional(z.object({ secret: z.string(), format: z.enum(['slack', 'teams', 'json']), kinds })),
});
export type AlertChannels = z.infer<typeof alertChannels>;

export interface DeliverServices extends Sender {
  readonly channels: AlertChannels;
  readonly sns: SNSClient;
  readonly slackTopicArn: string | undefined;
  readonly secrets: Secrets;
  readonly metric: (name: 'AlertsUndelivered', value: number) => void;
  /** ms that may be spent on the webhook */
  readonly withinMs: number;
  readonly post?: typeof post;
}

/** @throws what a channel has failed with, after the others have been told: the invocation's retry tells that one alone */
export async function deliverAlert(
  pipeline: string,
  message: SnsMessage,
  services: DeliverServices,
): Promise<string[]> {
  const alert = readAlert(pipeline, message);
  const { slack, webhook } = services.channels;
  const channels: [name: string, tell: () => Promise<unknown>][] = [];
  if (slack?.kinds.includes(alert.kind)) channels.push(['slack', () => tellSlack(alert, message.MessageId, services)]);
  if (webhook?.kinds.includes(alert.kind)) channels.push(['webhook', () => tellWebhook(alert, webhook, services)]);

  const results = await Promise.allSettled(channels.map(([name, tell]) => once(alert, name, tell, services)));
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  if (failed.length > 0) {
    services.metric('AlertsUndelivered', failed.length);
    throw failed[0];
  }
  return channels.filter((_, index) => (results[index] as PromiseFulfilledResult<boolean>).value).map(([name]) => name);
}

async function once(alert: Alert, channel: string, tell: () => Promise<unknown>, sender: Sender): Promise<boolean> {
  const item = ledgerKeys.alert(alert.pipeline, alert.kind, `${alert.dedupeKey}#${channel}`);
  if (!(await takeAlert(item, sender))) return false;
  await tell();
  await markSent(item, sender);
  return true;
}

const tellSlack = (alert: Alert, id: string, { sns, slackTopicArn }: DeliverServices) =>
  sns.send(
    new PublishCommand({
      TopicArn: slackTopicArn,
      Subject: mailOf(alert).subject,
      Message: JSON.stringify(customNotification(alert, id)),
    }),
  );

async function tellWebhook(
  alert: Alert,
  { secret, format }: NonNullable<AlertChannels['webhook']>,
  { secrets, withinMs, post: send = post }: DeliverServices,
): Promise<void> {
  const url = memberOf(await secrets.read(secret), secret, 'url');
  await send({ secret, url, body: webhookBody(alert, format), withinMs });
}
