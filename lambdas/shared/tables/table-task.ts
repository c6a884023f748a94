import { extractRowsInput } from '../../../lib/tasks/extract-rows';
import { s3, secretsManager } from '../clients';
import { environment } from '../environment';
import { openSecrets } from '../secrets';
import { task } from '../task';
import type { Engine } from './engine';
import { extractTable, planTable } from './extract-table';

/** The handler of a source that reads the tables of one kind of database. */
export function tableTask(engine: Engine) {
  const secrets = openSecrets(secretsManager());
  return task(extractRowsInput, async (input, { requestId, log, remainingMs }) => {
    if (input.action === 'plan') return planTable(input, engine, { secrets });
    const output = await extractTable(input, engine, {
      s3: s3(),
      workBucket: environment('WORK_BUCKET'),
      attempt: requestId,
      secrets,
      remainingMs,
    });
    log.info('Extracted', { source: input.source.name, partition: input.partition.id, ...output.staged });
    return output;
  });
}
