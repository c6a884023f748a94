import { extractFilesInput } from '../../lib/tasks/extract-files';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { extractFiles } from './extract-files';

export const handler = task(extractFilesInput, async (input, { requestId, log }) => {
  const output = await extractFiles(input, {
    s3: s3(),
    workBucket: environment('WORK_BUCKET'),
    attempt: requestId,
  });
  log.info('Extracted', { source: input.source.name, partition: input.partition.id, ...output });
  return output;
});
