import type { DeleteApplicationCommandInput } from '@aws-sdk/client-emr-serverless';
import type { OperationOf } from '../stateful';
import { ofApplication } from './access';
import { invalid } from './record';
import type { EmrServerlessState } from './state';

export const DeleteApplication: OperationOf<EmrServerlessState, DeleteApplicationCommandInput> = (state) => ({
  authorize: ({ applicationId }, { cloud }) => ofApplication('DeleteApplication', cloud, applicationId),

  async handle({ applicationId }) {
    const { id, state: before } = state().application(applicationId);
    if (before !== 'CREATED' && before !== 'STOPPED')
      throw invalid(`Application ${id} must be in the CREATED or STOPPED state to be deleted.`);
    await state().moveApplication(id, 'TERMINATED');
    return {};
  },
});
