import type { DescribeStateMachineAliasCommandOutput, DescribeStateMachineAliasInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { aliasOf } from './aliases';
import type { StatesState } from './state';

type Output = Omit<DescribeStateMachineAliasCommandOutput, '$metadata'>;

export const DescribeStateMachineAlias: OperationOf<StatesState, DescribeStateMachineAliasInput, Output> = (state) => ({
  authorize: ({ stateMachineAliasArn }) => [
    { action: 'states:DescribeStateMachineAlias', resource: String(stateMachineAliasArn) },
  ],

  async handle({ stateMachineAliasArn }) {
    const alias = aliasOf(state().engine.catalogue, stateMachineAliasArn);
    return {
      stateMachineAliasArn: alias.stateMachineAliasArn,
      name: alias.name,
      ...(alias.description === undefined ? {} : { description: alias.description }),
      routingConfiguration: alias.routes.map((route) => ({ ...route })),
      creationDate: new Date(alias.creationDate),
      updateDate: new Date(alias.updateDate),
    };
  },
});
