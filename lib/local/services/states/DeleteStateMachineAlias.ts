import type { DeleteStateMachineAliasInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { aliasOf } from './aliases';
import type { StatesState } from './state';

/** What it started goes on. */
export const DeleteStateMachineAlias: OperationOf<StatesState, DeleteStateMachineAliasInput, object> = (state) => ({
  authorize: ({ stateMachineAliasArn }) => [
    { action: 'states:DeleteStateMachineAlias', resource: String(stateMachineAliasArn) },
  ],

  async handle({ stateMachineAliasArn }) {
    const { catalogue } = state().engine;
    await catalogue.aliases.delete(aliasOf(catalogue, stateMachineAliasArn).stateMachineAliasArn);
    return {};
  },
});
