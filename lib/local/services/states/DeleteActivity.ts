import type { DeleteActivityInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkActivityArn } from './arns';
import type { StatesState } from './state';

/** Tasks that wait for a worker go on waiting. Deleting what is not there is no error. */
export const DeleteActivity: OperationOf<StatesState, DeleteActivityInput, object> = (state) => ({
  authorize: ({ activityArn }) => [{ action: 'states:DeleteActivity', resource: String(activityArn) }],

  async handle({ activityArn }) {
    await state().engine.catalogue.activities.delete(checkActivityArn(activityArn));
    return {};
  },
});
