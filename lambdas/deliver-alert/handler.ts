import * as z from 'zod/mini';
import { dynamoDb, secretsManager, sns } from '../shared/clients';
import { environment } from '../shared/environment';
import { openSecrets, type Secrets } from '../shared/secrets';
import { task } from '../shared/task';
import { alertChannels, deliverAlert } from './deliver';
import { snsEvent } from './read-alert';

let secrets: Secrets | undefined;
/** For the ledger, and to tell of what has failed. */
const LEFT_MS = 15_000;

export const handler = task(snsEvent, async ({ Records }, { requestId, log, metric, remainingMs }) => {
  const pipeline = environment('PIPELINE');
  secrets ??= openSecrets(secretsManager());
  const told: string[] = [];
  for (const { Sns } of Records) {
    told.push(
      ...(await deliverAlert(pipeline, Sns, {
        channels: z.parse(alertChannels, JSON.parse(environment('ALERT_CHANNELS'))),
        ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
        sns: sns(),
        slackTopicArn: process.env.SLACK_TOPIC_ARN,
        secrets,
        metric,
        requestId,
        now: Date.now,
        withinMs: Math.max(0, remainingMs() - LEFT_MS),
      })),
    );
  }
  log.info(`Told: ${told.join(', ') || 'nobody'}`);
  return { told };
});
