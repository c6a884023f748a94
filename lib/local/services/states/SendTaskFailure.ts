import type { SendTaskFailureInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import type { StatesState } from './state';
import { onStateMachine, waiterOf } from './task-token';

/** Answers once the task's failure is on disk. */
export const SendTaskFailure: OperationOf<StatesState, SendTaskFailureInput, object> = (state) => ({
  authorize: ({ taskToken }) => onStateMachine('SendTaskFailure', taskToken),

  async handle({ taskToken, error, cause }) {
    const waiter = await waiterOf(state(), taskToken);
    await waiter.fail(error, cause);
    return {};
  },
});
