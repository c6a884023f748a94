import * as z from 'zod/mini';
import { watchInput } from '../../lib/tasks/watch';
import { alertServices, sendAlert } from '../shared/alerts/send';
import { dynamoDb, s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { putAnswer } from '../shared/put-answer';
import { task } from '../shared/task';
import { answerTo, resourceEvent } from './first-look';
import { embedded } from './measures';
import { watch } from './watch';

export const handler = task(z.union([watchInput, resourceEvent]), async (event, { log, requestId }) => {
  const alerts = alertServices({ requestId });
  const look = (input: z.infer<typeof watchInput>) =>
    watch(input, {
      ledger: alerts.ledger,
      s3: s3(),
      landingBucket: environment('LANDING_BUCKET'),
      send: (alert) => sendAlert(alert, alerts),
      // As they are, a line each: CloudWatch reads what begins with a brace.
      measure: (measures) => {
        for (const line of embedded(measures, environment('POWERTOOLS_METRICS_NAMESPACE'), Date.parse(input.now)))
          process.stdout.write(`${line}\n`);
      },
    });
  if ('RequestType' in event) {
    const { RequestType, ResponseURL } = event;
    const answer = await answerTo(event, {
      look,
      ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
      now: () => new Date().toISOString(),
    });
    log.info(`${RequestType}: ${answer.Status}`, { reason: answer.Reason });
    await putAnswer(ResponseURL, JSON.stringify(answer));
    return undefined;
  }
  const answer = await look(event);
  log.info('Looked', { ...answer });
  return answer;
});
