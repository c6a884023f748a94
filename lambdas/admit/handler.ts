import { admitInput } from '../../lib/tasks/admit';
import { dynamoDb, s3, stepFunctions } from '../shared/clients';
import { environment } from '../shared/environment';
import { cutIntoRanges } from '../shared/files/cut-into-ranges';
import { objectsOfRun } from '../shared/run-list';
import { task } from '../shared/task';
import { noteInputs } from '../shared/watched';
import { admit } from './admit';
import { objectsOf } from './match-sources';

export const handler = task(admitInput, async (input, { log, requestId }) => {
  const ledger = { client: dynamoDb(), table: environment('LEDGER_TABLE') };
  const { WORK_BUCKET: workBucket } = process.env;
  const lists = workBucket ? { s3: s3(), workBucket, attempt: requestId } : undefined;
  const answer = await admit(input, {
    ledger,
    s3: s3(),
    stepFunctions: stepFunctions(),
    landingBucket: environment('LANDING_BUCKET'),
    cut: cutIntoRanges(s3()),
    now: Date.now,
    lists,
  });
  if (answer.outcome === 'admitted') {
    const objects = await objectsOfRun(answer, lists);
    log.info('Admitted', { objects: objects.length, loadKey: answer.run.loadKey });
    // The run goes on, whether or not the watch is told of its files.
    await noteInputs(ledger, input.pipeline, objectsOf(input.sources, objects)).catch((error) =>
      log.warn('The watch is not told of the files', error as Error),
    );
  } else log.info(`Skipped: ${answer.reason}`, { outcome: answer.outcome });
  return answer;
});
