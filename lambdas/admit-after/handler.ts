import { admitAfterInput } from '../../lib/tasks/admit-after';
import { dynamoDb, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { admitAfter } from './admit-after';

export const handler = task(admitAfterInput, async (input, { log }) => {
  const answer = await admitAfter(input, {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    stepFunctions: stepFunctions(),
    now: Date.now,
  });
  if (answer.outcome === 'admitted') log.info('Admitted', { after: answer.run.after, loadKey: answer.run.loadKey });
  else log.info(`Skipped: ${answer.reason}`, { outcome: answer.outcome });
  return answer;
});
