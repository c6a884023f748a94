import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import * as z from 'zod/mini';
import { watchInput } from '../../lib/tasks/watch';
import { alertServices, sendAlert } from '../shared/alerts/send';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { putAnswer } from '../shared/put-answer';
import { task } from '../shared/task';
import { answerTo, resourceEvent } from './first-look';
import { embedded } from './measures';
import { metricSeen } from './metric-seen';
import { watch } from './watch';

const MINUTE_MS = 60_000;

export const handler = task(z.union([watchInput, resourceEvent]), async (event, { log, requestId }) => {
  const alerts = alertServices({ requestId });
  const look = (input: z.infer<typeof watchInput>, measuredAt = Date.parse(input.now)) =>
    watch(input, {
      ledger: alerts.ledger,
      s3: s3(),
      landingBucket: environment('LANDING_BUCKET'),
      send: (alert) => sendAlert(alert, alerts),
      // As they are, a line each: CloudWatch reads what begins with a brace.
      measure: (measures) => {
        for (const line of embedded(measures, environment('POWERTOOLS_METRICS_NAMESPACE'), measuredAt))
          process.stdout.write(`${line}\n`);
      },
    });
  if ('RequestType' in event) {
    const { RequestType, ResponseURL } = event;
    const answer = await answerTo(event, {
      // Alarms judge whole minutes: this one is over when they are made.
      look: (input) => look(input, Date.parse(input.now) - MINUTE_MS),
      ledger: alerts.ledger,
      seen: (pipeline) =>
        metricSeen(pipeline, {
          cloudWatch: new CloudWatchClient({}),
          namespace: environment('POWERTOOLS_METRICS_NAMESPACE'),
          now: Date.now,
          sleep,
        }),
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
