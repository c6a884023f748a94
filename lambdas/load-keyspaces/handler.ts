import { loadKeyspacesInput } from '../../lib/tasks/load';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { stageForKeyspaces } from './stage';

export const handler = task(loadKeyspacesInput, async (input, { requestId, log }) => {
  const output = await stageForKeyspaces(input, {
    s3: s3(),
    workBucket: environment('WORK_BUCKET'),
    attempt: requestId,
  });
  log.info('Staged', { sink: input.sink.id, rows: output.rows });
  return output;
});
