import { extractFilesInput } from '../../lib/tasks/extract-files';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { lazySecrets } from '../shared/lazy-secrets';
import { task } from '../shared/task';
import { extractFiles } from './extract-files';
import { planFiles } from './plan/plan-files';
import { planList } from './plan/plan-list';

export const handler = task(extractFilesInput, async (input, { requestId, log }) => {
  const { name } = input.source;
  if (input.action === 'plan') {
    const landingBucket = environment('LANDING_BUCKET');
    const services = { s3: s3(), landingBucket, workBucket: environment('WORK_BUCKET'), attempt: requestId };
    const plan = await planFiles(input, { ...services, warn: (line) => log.warn(line) });
    log.info('Planned', { source: name, ...plan });
    return plan;
  }
  if (input.action === 'plan-list') {
    const plan = await planList(input, { s3: s3(), workBucket: environment('WORK_BUCKET'), attempt: requestId });
    log.info('Planned', { source: name, ...plan });
    return plan;
  }
  const output = await extractFiles(input, {
    s3: s3(),
    workBucket: environment('WORK_BUCKET'),
    attempt: requestId,
    secrets: lazySecrets,
  });
  log.info('Extracted', { source: name, partition: input.partition.id, ...output });
  return output;
});
