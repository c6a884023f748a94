import type { CancelJobRunCommandInput, CancelJobRunCommandOutput } from '@aws-sdk/client-emr-serverless';
import type { OperationOf } from '../stateful';
import { ofJob } from './access';
import { ENDED, invalid } from './record';
import type { EmrServerlessState } from './state';

type Output = Omit<CancelJobRunCommandOutput, '$metadata'>;

export const CancelJobRun: OperationOf<EmrServerlessState, CancelJobRunCommandInput, Output> = (state) => ({
  authorize: ({ applicationId, jobRunId }, { cloud }) => ofJob('CancelJobRun', cloud, { applicationId, jobRunId }),

  async handle({ applicationId, jobRunId }) {
    const job = state().job(applicationId, jobRunId);
    if (ENDED.has(job.state)) throw invalid(`Job run ${jobRunId} is in a terminal state: ${job.state}.`);
    await state().cancel(job);
    return { applicationId, jobRunId };
  },
});
