import { transformRowsInput } from '../../lib/tasks/transform-rows';
import { s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { planBatches } from '../shared/plan-batches';
import { task } from '../shared/task';
import { userLog } from '../shared/user-code/log';
import { transformRows, type UserCode } from './transform-rows';

/** The bundle of each row function hands it in. */
export const handlerFor = (userCode: UserCode) =>
  task(transformRowsInput, async (input, { requestId, log }) => {
    const services = { s3: s3(), workBucket: environment('WORK_BUCKET'), attempt: requestId };
    if (input.action === 'plan') return planBatches(input, services);
    const output = await transformRows(input, userCode, { ...services, log: userLog(log) });
    log.info('Transformed', { model: input.model.name, batch: input.batch, ...output });
    return output;
  });
