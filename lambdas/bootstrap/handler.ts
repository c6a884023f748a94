import { setTimeout as sleep } from 'node:timers/promises';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { rdsData, redshiftData } from '../shared/clients';
import { putAnswer } from '../shared/put-answer';
import { task } from '../shared/task';
import { bootstrap } from './bootstrap';
import { resourceEvent, respond } from './respond';

const secrets = new SecretsManagerClient({});

export const handler = task(resourceEvent, async (event, { log, remainingMs }) => {
  const services = { secrets, rdsData: rdsData(), redshiftData: redshiftData(), sleep: (ms: number) => sleep(ms) };
  const timer = new AbortController();
  const timeIsUp = sleep(Math.max(0, remainingMs() - 10_000), undefined, { signal: timer.signal }).then(() => {
    throw new Error('The database did not answer before the function had to stop. Deploy again.');
  });
  // It is only waited for in a race; when that is over, nobody listens.
  timeIsUp.catch(() => {});
  try {
    await respond(event, {
      bootstrap: (properties) => bootstrap(properties, services),
      put: putAnswer,
      log: (line, error) => (error ? log.error(line, error) : log.info(line)),
      timeIsUp,
    });
  } finally {
    timer.abort();
  }
});
