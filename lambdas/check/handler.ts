import { checkInput } from '../../lib/tasks/check';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { checkStaged } from './check';

export const handler = task(checkInput, async (input, { log }) => {
  const output = await checkStaged(input, { s3: s3(), workBucket: environment('WORK_BUCKET') });
  for (const warning of output.warnings) log.warn(warning);
  return output;
});
