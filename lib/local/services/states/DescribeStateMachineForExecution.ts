import type { DescribeStateMachineForExecutionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkExecutionArn, nameOf } from './arns';
import { describedDefinition } from './DescribeStateMachine';
import type { StatesState } from './state';

/** The definition that the execution runs, which may be older than the state machine's. */
export const DescribeStateMachineForExecution: OperationOf<StatesState, DescribeStateMachineForExecutionInput> = (
  state,
) => ({
  authorize: ({ executionArn }) => [
    { action: 'states:DescribeStateMachineForExecution', resource: String(executionArn) },
  ],

  async handle({ executionArn, includedData = 'ALL_DATA' }) {
    const execution = state().execution(checkExecutionArn(executionArn));
    const { catalogue } = state().engine;
    const [machineName = '', label] = nameOf(execution.stateMachineArn).split('/');
    const machine = catalogue.machines.get(execution.stateMachineArn.replace(/\/[^/]*$/, ''));
    return {
      stateMachineArn: execution.stateMachineArn,
      name: machineName,
      roleArn: execution.roleArn,
      updateDate: new Date(machine?.updateDate ?? execution.startDate),
      ...machine?.settings,
      ...(execution.mapRunArn === undefined ? {} : { mapRunArn: execution.mapRunArn }),
      ...(label === undefined ? {} : { label }),
      ...(execution.revisionId === undefined ? {} : { revisionId: execution.revisionId }),
      ...describedDefinition(await catalogue.definitionText(execution.definition), includedData),
    };
  },
});
