import { loadDynamoInput } from '../../lib/tasks/load';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { stageItems } from './stage';

export const handler = task(loadDynamoInput, async (input, { requestId, log }) => {
  const output = await stageItems(input, { s3: s3(), workBucket: environment('WORK_BUCKET'), attempt: requestId });
  log.info('Staged', { sink: input.sink.id, rows: output.rows });
  return output;
});
