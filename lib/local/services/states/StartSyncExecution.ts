import type { StartSyncExecutionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { describeExecution } from './describe';
import { machineTypeNotSupported } from './errors';
import { startNew } from './start';
import type { StatesState } from './state';

/** Answers when the execution has ended, whichever way. Express state machines only. */
export const StartSyncExecution: OperationOf<StatesState, StartSyncExecutionInput> = (state) => ({
  authorize: ({ stateMachineArn }) => [{ action: 'states:StartSyncExecution', resource: String(stateMachineArn) }],

  async handle(input, { cloud }) {
    const machine = state().machine(input.stateMachineArn);
    if (machine.type !== 'EXPRESS') throw machineTypeNotSupported('StartSyncExecution');
    const { executionArn } = await startNew(state(), machine, input, cloud);
    const { engine } = state();
    await engine.ended(executionArn);
    const described = describeExecution(await engine.describe(state().execution(executionArn)));
    const { redriveCount: _, redriveStatus: __, redriveStatusReason: ___, ...shown } = described;
    return shown;
  },
});
