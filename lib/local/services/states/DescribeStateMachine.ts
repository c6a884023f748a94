import type { DescribeStateMachineInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import type { StatesState } from './state';

export const DescribeStateMachine: OperationOf<StatesState, DescribeStateMachineInput> = (state) => ({
  authorize: ({ stateMachineArn }) => [{ action: 'states:DescribeStateMachine', resource: String(stateMachineArn) }],

  async handle({ stateMachineArn }) {
    const { definition, creationDate, updateDate: _, tags: __, settings, ...record } = state().machine(stateMachineArn);
    return {
      ...record,
      ...settings,
      status: 'ACTIVE',
      definition: await state().engine.catalogue.definitionText(definition),
      creationDate: new Date(creationDate),
    };
  },
});
