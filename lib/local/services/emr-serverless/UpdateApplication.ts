import type { UpdateApplicationCommandInput, UpdateApplicationCommandOutput } from '@aws-sdk/client-emr-serverless';
import type { OperationOf } from '../stateful';
import { ofApplication } from './access';
import { invalid, shownApplication } from './record';
import type { EmrServerlessState } from './state';

type Output = Omit<UpdateApplicationCommandOutput, '$metadata'>;

/** What is not given stays. */
export const UpdateApplication: OperationOf<EmrServerlessState, UpdateApplicationCommandInput, Output> = (state) => ({
  authorize: ({ applicationId }, { cloud }) => ofApplication('UpdateApplication', cloud, applicationId),

  async handle({ applicationId, clientToken: _, ...changes }, { cloud }) {
    const before = state().application(applicationId);
    if (before.state !== 'CREATED' && before.state !== 'STOPPED')
      throw invalid(`Application ${applicationId} must be in the CREATED or STOPPED state to be updated.`);
    const after = { ...before, input: { ...before.input, ...changes }, updatedAt: cloud.clock.now() };
    await state().applications.set(before.id, after);
    return { application: shownApplication(after) };
  },
});
