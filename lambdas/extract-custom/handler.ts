import { extractRowsInput } from '../../lib/tasks/extract-rows';
import { s3, secretsManager } from '../shared/clients';
import { environment } from '../shared/environment';
import { openSecrets } from '../shared/secrets';
import { task } from '../shared/task';
import { Hidden, userLog } from '../shared/user-code/log';
import { extractCustom, planCustom, type UserCode } from './extract';

/** The bundle of each source hands its own code in. */
export const handlerFor = (userCode: UserCode) => {
  const secrets = openSecrets(secretsManager());
  const hidden = new Hidden();
  return task(extractRowsInput, async (input, { requestId, log, remainingMs }) => {
    const services = {
      s3: s3(),
      workBucket: environment('WORK_BUCKET'),
      attempt: requestId,
      secrets,
      hidden,
      log: userLog(log, hidden.hide),
      remainingMs,
    };
    if (input.action === 'plan') return planCustom(input, userCode, services);
    const output = await extractCustom(input, userCode, services);
    log.info('Extracted', { source: input.source.name, partition: input.partition.id, ...output.staged });
    return output;
  });
};
