import { admitInput } from '../../lib/tasks/admit';
import { dynamoDb, s3, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { cutIntoRanges } from '../shared/files/cut-into-ranges';
import { task } from '../shared/task';
import { admit } from './admit';

export const handler = task(admitInput, async (input, { log }) => {
  const answer = await admit(input, {
    ledger: { client: dynamoDb(), table: environment('LEDGER_TABLE') },
    s3: s3(),
    stepFunctions: stepFunctions(),
    landingBucket: environment('LANDING_BUCKET'),
    cut: cutIntoRanges(s3()),
    now: Date.now,
  });
  if (answer.outcome === 'admitted')
    log.info('Admitted', { objects: answer.objects.length, loadKey: answer.run.loadKey });
  else log.info(`Skipped: ${answer.reason}`, { outcome: answer.outcome });
  return answer;
});
