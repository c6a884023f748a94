import type { DeleteStateMachineInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { aliasesOf } from './aliases';
import { parseMachineArn } from './arns';
import { invalidArn, labelledArn } from './errors';
import type { StatesState } from './state';
import { versionsOf } from './versions';

/** With its versions and aliases. Executions that run end at their next transition. Deleting what is not there is no error. */
export const DeleteStateMachine: OperationOf<StatesState, DeleteStateMachineInput, object> = (state) => ({
  authorize: ({ stateMachineArn }) => [{ action: 'states:DeleteStateMachine', resource: String(stateMachineArn) }],

  async handle({ stateMachineArn: arn }) {
    const { catalogue, deleteMachine } = state().engine;
    const { machine, label, qualifier } = parseMachineArn(arn);
    if (label !== undefined) throw labelledArn(arn!);
    if (qualifier !== undefined) throw invalidArn(String(arn));
    for (const { stateMachineAliasArn } of aliasesOf(catalogue, machine)) {
      await catalogue.aliases.delete(stateMachineAliasArn);
    }
    for (const { stateMachineVersionArn } of versionsOf(catalogue, machine)) {
      await catalogue.versions.delete(stateMachineVersionArn);
    }
    await deleteMachine(machine);
    return {};
  },
});
