import type { StopApplicationCommandInput } from '@aws-sdk/client-emr-serverless';
import type { OperationOf } from '../stateful';
import { ofApplication } from './access';
import { invalid } from './record';
import type { EmrServerlessState } from './state';

export const StopApplication: OperationOf<EmrServerlessState, StopApplicationCommandInput> = (state) => ({
  authorize: ({ applicationId }, { cloud }) => ofApplication('StopApplication', cloud, applicationId),

  async handle({ applicationId }) {
    const { id, state: before } = state().application(applicationId);
    if (state().isBusy(id)) throw invalid(`Application ${id} has job runs that have not ended. Cancel them first.`);
    if (before === 'STARTED') await state().moveApplication(id, 'STOPPING', 'STOPPED');
    return {};
  },
});
