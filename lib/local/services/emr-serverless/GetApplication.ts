import type { GetApplicationCommandInput, GetApplicationCommandOutput } from '@aws-sdk/client-emr-serverless';
import type { OperationOf } from '../stateful';
import { ofApplication } from './access';
import { notFound, shownApplication } from './record';
import type { EmrServerlessState } from './state';

type Output = Omit<GetApplicationCommandOutput, '$metadata'>;

export const GetApplication: OperationOf<EmrServerlessState, GetApplicationCommandInput, Output> = (state) => ({
  authorize: ({ applicationId }, { cloud }) => ofApplication('GetApplication', cloud, applicationId),

  async handle({ applicationId }) {
    const found = state().applications.get(applicationId ?? '');
    if (!found) throw notFound('Application', applicationId);
    return { application: shownApplication(found) };
  },
});
