import type { DescribeStateMachineForExecutionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import type { StatesState } from './state';

/** The definition that the execution runs, which may be older than the state machine's. */
export const DescribeStateMachineForExecution: OperationOf<StatesState, DescribeStateMachineForExecutionInput> = (
  state,
) => ({
  authorize: ({ executionArn }) => [
    { action: 'states:DescribeStateMachineForExecution', resource: String(executionArn) },
  ],

  async handle({ executionArn }) {
    const execution = state().execution(executionArn);
    const { catalogue } = state().engine;
    const machine = catalogue.machines.get(execution.stateMachineArn);
    return {
      stateMachineArn: execution.stateMachineArn,
      name: execution.stateMachineArn.slice(execution.stateMachineArn.lastIndexOf(':') + 1),
      definition: await catalogue.definitionText(execution.definition),
      roleArn: execution.roleArn,
      updateDate: new Date(machine?.updateDate ?? execution.startDate),
      ...(execution.revisionId === undefined ? {} : { revisionId: execution.revisionId }),
      ...machine?.settings,
    };
  },
});
