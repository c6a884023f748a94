import { extractRowsInput } from '../../lib/tasks/extract-rows';
import { s3, secretsManager } from '../shared/clients';
import { environment } from '../shared/environment';
import { openSecrets } from '../shared/secrets';
import { task } from '../shared/task';
import { extractHttp, planHttp } from './extract';

const secrets = openSecrets(secretsManager());

export const handler = task(extractRowsInput, async (input, { requestId, log, remainingMs }) => {
  if (input.action === 'plan') return planHttp(input);
  const output = await extractHttp(input, {
    s3: s3(),
    workBucket: environment('WORK_BUCKET'),
    attempt: requestId,
    secrets,
    remainingMs,
  });
  log.info('Extracted', { source: input.source.name, partition: input.partition.id, ...output.staged });
  return output;
});
