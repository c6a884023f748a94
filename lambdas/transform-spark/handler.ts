import * as z from 'zod/mini';
import { collectJobInput, jobEndedInput, planJobInput } from '../../lib/tasks/transform-spark';
import { emrServerless, s3 } from '../shared/clients';
import { environment } from '../shared/environment';
import { task } from '../shared/task';
import { collectJob } from './collect-job';
import { jobUsage } from './job-usage';
import { planJob } from './plan-job';

export const handler = task(
  z.union([planJobInput, collectJobInput, jobEndedInput]),
  async (input, { requestId, log, ofRun }) => {
    const services = { s3: s3(), workBucket: environment('WORK_BUCKET'), attempt: requestId };
    if (input.action === 'plan') return planJob(input, services);
    const { runId, state, ...used } = await jobUsage(emrServerless(), environment('SPARK_APPLICATION_ID'), input.job);
    if (input.action === 'ended') {
      if (runId !== undefined) ofRun(runId);
      log.info('A job on Spark has ended', { job: input.job, state, ...used });
      return { job: input.job };
    }
    const output = await collectJob(input, services);
    log.info('Transformed on Spark', { model: input.model.name, job: input.job, ...used, ...output });
    return output;
  },
);
