import { admitIntervalInput } from '../../lib/tasks/admit-interval';
import { dynamoDb, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { admitInterval } from './admit-interval';

export const handler = task(admitIntervalInput, async (input, { log }) => {
  const answer = await admitInterval(input, {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    stepFunctions: stepFunctions(),
    now: Date.now,
  });
  if (answer.outcome === 'admitted')
    log.info('Admitted', { interval: answer.run.interval, loadKey: answer.run.loadKey });
  else log.info(`Skipped: ${answer.reason}`, { outcome: answer.outcome });
  return answer;
});
