import { extractRowsInput } from '../../lib/tasks/extract-rows';
import { s3, secretsManager } from '../shared/clients';
import { environment } from '../shared/environment';
import { openSecrets } from '../shared/secrets';
import { extractTable, planTable } from '../shared/tables/extract-table';
import { task } from '../shared/task';
import { mysql } from './mysql';

const secrets = openSecrets(secretsManager());

export const handler = task(extractRowsInput, async (input, { requestId, log, remainingMs }) => {
  if (input.action === 'plan') return planTable(input, mysql, { secrets });
  const output = await extractTable(input, mysql, {
    s3: s3(),
    workBucket: environment('WORK_BUCKET'),
    attempt: requestId,
    secrets,
    remainingMs,
  });
  log.info('Extracted', { source: input.source.name, partition: input.partition.id, ...output.staged });
  return output;
});
