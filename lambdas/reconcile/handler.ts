import { setTimeout as sleep } from 'node:timers/promises';
import { reconcileInput } from '../../lib/tasks/reconcile';
import { alertServices, sendAlert } from '../shared/alerts/send';
import { environment } from '../shared/environment';
import { postgresServices } from '../shared/postgres-services';
import { redshiftAs } from '../shared/statement-services';
import { task } from '../shared/task';
import { loadsSql, postgresLoads, redshiftLoads } from './read-loads';
import { reconcile } from './reconcile';

export const handler = task(reconcileInput, async (input, { log, metric, requestId, remainingMs }) => {
  const alerts = alertServices({ requestId });
  const asking = { remainingMs, sleep: async (ms: number) => void (await sleep(ms)) };
  const { redshift, postgres } = input.tables;
  const found = await reconcile(input, {
    ledger: alerts.ledger,
    loads: {
      ...(redshift.length > 0
        ? {
            redshift: (since: string) => {
              const owner = {
                roleArn: environment('REDSHIFT_ROLE_ARN'),
                secretArn: environment('REDSHIFT_SECRET_ARN'),
              };
              return redshiftLoads(redshiftAs(owner), loadsSql(input.pipeline, since), asking);
            },
          }
        : {}),
      ...(postgres.length > 0
        ? { postgres: (since: string) => postgresLoads(postgresServices(), loadsSql(input.pipeline, since), asking) }
        : {}),
    },
    send: (alert) => sendAlert(alert, alerts),
    metric,
    now: Date.now,
  });
  log.info('Compared', { ...found });
  return found;
});
