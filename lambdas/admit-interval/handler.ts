import { admitIntervalInput } from '../../lib/tasks/admit-interval';
import { dynamoDb, s3, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { admitInterval } from './admit-interval';
import { catchUpBefore } from './catch-up';

export const handler = task(admitIntervalInput, async (input, { log }) => {
  const services = {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    stepFunctions: stepFunctions(),
    now: Date.now,
  };
  const answer = await admitInterval(input, {
    ...services,
    async catchUp(interval) {
      try {
        const started = await catchUpBefore(input, interval, { ...services, warn: (line) => log.warn(line) });
        if (started > 0) log.info(`Started ${started} runs of missed intervals`);
      } catch (error) {
        // This run is worth more; the next of the schedule tries again.
        log.warn('The runs of missed intervals could not be started', error as Error);
      }
    },
    // Of a pipeline whose runs can be partial.
    ...(input.sources ? { staged: { s3: s3(), workBucket: environment('WORK_BUCKET') } } : {}),
  });
  if (answer.outcome === 'admitted')
    log.info('Admitted', { interval: answer.run.interval, loadKey: answer.run.loadKey });
  else log.info(`Skipped: ${answer.reason}`, { outcome: answer.outcome });
  return answer;
});
