import { extractPublishedInput } from '../../lib/tasks/extract-published';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { extractPublished } from './extract-published';

export const handler = task(extractPublishedInput, async (input, { requestId, log }) => {
  const services = { s3: s3(), workBucket: environment('WORK_BUCKET'), attempt: requestId };
  const output = await extractPublished(input, services);
  log.info('Extracted', { source: input.source, after: input.upstream.runId, ...output });
  return output;
});
