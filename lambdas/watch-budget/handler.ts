import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { pricesOf } from '../../lib/cost/prices';
import { watchBudgetInput } from '../../lib/tasks/budget';
import { alertServices, sendAlert } from '../shared/alerts/send';
import { cloudWatchLogs } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { type LoggedLine, watchBudget } from './watch-budget';

export const handler = task(watchBudgetInput, async (input, context) => {
  const alerts = alertServices(context);
  const { usd, until } = await watchBudget(input, {
    ledger: alerts.ledger,
    readLog,
    send: (alert) => sendAlert(alert, alerts),
    prices: pricesOf(environment('AWS_REGION')),
    now: Date.now,
    remainingMs: context.remainingMs,
  });
  context.log.info('The month so far', { usd, until: new Date(until).toISOString(), monthly: input.monthly });
  return { usd };
});

async function* readLog(logGroupName: string, from: number, to: number): AsyncGenerator<LoggedLine> {
  let nextToken: string | undefined;
  do {
    const page = await cloudWatchLogs().send(
      // Its end is included.
      new FilterLogEventsCommand({ logGroupName, startTime: from, endTime: to - 1, nextToken }),
    );
    for (const { timestamp = 0, message = '' } of page.events ?? []) yield { timestamp, message };
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}
