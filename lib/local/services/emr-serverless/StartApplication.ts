import type { StartApplicationCommandInput } from '@aws-sdk/client-emr-serverless';
import type { OperationOf } from '../stateful';
import { ofApplication } from './access';
import type { EmrServerlessState } from './state';

export const StartApplication: OperationOf<EmrServerlessState, StartApplicationCommandInput> = (state) => ({
  authorize: ({ applicationId }, { cloud }) => ofApplication('StartApplication', cloud, applicationId),

  async handle({ applicationId }) {
    const application = state().application(applicationId);
    if (application.state !== 'STARTED') await state().moveApplication(application.id, 'STARTING', 'STARTED');
    return {};
  },
});
