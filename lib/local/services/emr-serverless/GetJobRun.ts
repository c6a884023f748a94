import type { GetJobRunCommandInput, GetJobRunCommandOutput } from '@aws-sdk/client-emr-serverless';
import type { OperationOf } from '../stateful';
import { ofJob } from './access';
import { shownJob } from './record';
import type { EmrServerlessState } from './state';

type Output = Omit<GetJobRunCommandOutput, '$metadata'>;

export const GetJobRun: OperationOf<EmrServerlessState, GetJobRunCommandInput, Output> = (state) => ({
  authorize: ({ applicationId, jobRunId }, { cloud }) => ofJob('GetJobRun', cloud, { applicationId, jobRunId }),

  async handle({ applicationId, jobRunId }) {
    return { jobRun: shownJob(state().job(applicationId, jobRunId)) };
  },
});
