import { checkInput } from '../../lib/tasks/check';
import { dynamoDb, s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { measuresBefore } from '../shared/measures';
import { task } from '../shared/task';
import { checkStaged } from './check';
import { refuseTakenOver } from './taken-over';

export const handler = task(checkInput, async (input, { requestId, log }) => {
  const { LEDGER_TABLE } = process.env;
  if (LEDGER_TABLE) await refuseTakenOver(input.run, { client: dynamoDb(), table: LEDGER_TABLE });
  const output = await checkStaged(input, {
    s3: s3(),
    workBucket: environment('WORK_BUCKET'),
    attempt: requestId,
    // Where runs load no files and no check compares runs, the function has no business in the ledger, and is not told its name.
    earlier: (run, most) => measuresBefore({ client: dynamoDb(), table: environment('LEDGER_TABLE') }, run, most),
  });
  for (const warning of output.warnings) log.warn(warning);
  return output;
});
