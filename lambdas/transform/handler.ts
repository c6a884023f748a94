import * as z from 'zod/mini';
import { planBatchesInput, transformInput } from '../../lib/tasks/transform';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { planBatches } from '../shared/plan-batches';
import { task } from '../shared/task';
import { transform } from './transform';

export const handler = task(z.union([planBatchesInput, transformInput]), async (input, { requestId, log }) => {
  const services = { s3: s3(), workBucket: environment('WORK_BUCKET'), attempt: requestId };
  if ('action' in input) return planBatches(input, services);
  const output = await transform(input, services);
  log.info('Transformed', { model: input.model.name, ...output });
  return output;
});
