import type { StartExecutionCommandOutput, StartExecutionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { startNew } from './start';
import type { StatesState } from './state';

type Output = Omit<StartExecutionCommandOutput, '$metadata'>;

export const StartExecution: OperationOf<StatesState, StartExecutionInput, Output> = (state) => ({
  authorize: ({ stateMachineArn }) => [{ action: 'states:StartExecution', resource: String(stateMachineArn) }],

  async handle(input, { cloud }) {
    const { executionArn, startDate } = await startNew(state(), state().machine(input.stateMachineArn), input, cloud);
    return { executionArn, startDate: new Date(startDate) };
  },
});
