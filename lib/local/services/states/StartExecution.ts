import type { StartExecutionCommandOutput, StartExecutionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { startNew } from './start';
import type { StatesState } from './state';
import { targetOf } from './versions';

type Output = Omit<StartExecutionCommandOutput, '$metadata'>;

/** Of a state machine, a version, or whichever version an alias chooses. */
export const StartExecution: OperationOf<StatesState, StartExecutionInput, Output> = (state) => ({
  authorize: ({ stateMachineArn }) => [{ action: 'states:StartExecution', resource: String(stateMachineArn) }],

  async handle(input, { cloud }) {
    const target = targetOf(state().engine, input.stateMachineArn);
    const { executionArn, startDate } = await startNew(state(), target, input, cloud);
    return { executionArn, startDate: new Date(startDate) };
  },
});
