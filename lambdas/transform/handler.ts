import { transformInput } from '../../lib/tasks/transform';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { transform } from './transform';

export const handler = task(transformInput, async (input, { requestId, log }) => {
  const output = await transform(input, { s3: s3(), workBucket: environment('WORK_BUCKET'), attempt: requestId });
  log.info('Transformed', { model: input.model.name, ...output });
  return output;
});
