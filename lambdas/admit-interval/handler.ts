import { admitIntervalInput } from '../../lib/tasks/admit-interval';
import { dynamoDb, s3, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { admitInterval } from './admit-interval';

export const handler = task(admitIntervalInput, async (input, { log }) => {
  const answer = await admitInterval(input, {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    stepFunctions: stepFunctions(),
    // Of a pipeline whose runs can be partial.
    ...(input.sources ? { staged: { s3: s3(), workBucket: environment('WORK_BUCKET') } } : {}),
    now: Date.now,
  });
  if (answer.outcome === 'admitted')
    log.info('Admitted', { interval: answer.run.interval, loadKey: answer.run.loadKey });
  else log.info(`Skipped: ${answer.reason}`, { outcome: answer.outcome });
  return answer;
});
