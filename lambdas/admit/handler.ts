import { admitInput } from '../../lib/tasks/admit';
import { dynamoDb, s3, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { cutIntoRanges } from '../shared/files/cut-into-ranges';
import { task } from '../shared/task';
import { noteInputs } from '../shared/watched';
import { admit } from './admit';
import { objectsOf } from './match-sources';

export const handler = task(admitInput, async (input, { log }) => {
  const ledger = { client: dynamoDb(), table: environment('LEDGER_TABLE') };
  const answer = await admit(input, {
    ledger,
    s3: s3(),
    stepFunctions: stepFunctions(),
    landingBucket: environment('LANDING_BUCKET'),
    cut: cutIntoRanges(s3()),
    now: Date.now,
  });
  if (answer.outcome === 'admitted') {
    log.info('Admitted', { objects: answer.objects.length, loadKey: answer.run.loadKey });
    // The run goes on, whether or not the watch is told of its files.
    await noteInputs(ledger, input.pipeline, objectsOf(input.sources, answer.objects)).catch((error) =>
      log.warn('The watch is not told of the files', error as Error),
    );
  } else log.info(`Skipped: ${answer.reason}`, { outcome: answer.outcome });
  return answer;
});
