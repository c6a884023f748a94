import type { DeleteStateMachineInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkMachineArn } from './arns';
import type { StatesState } from './state';

/** What runs goes on to its end. Deleting what is not there is no error. */
export const DeleteStateMachine: OperationOf<StatesState, DeleteStateMachineInput, object> = (state) => ({
  authorize: ({ stateMachineArn }) => [{ action: 'states:DeleteStateMachine', resource: String(stateMachineArn) }],

  async handle({ stateMachineArn }) {
    await state().engine.catalogue.machines.delete(checkMachineArn(stateMachineArn));
    return {};
  },
});
