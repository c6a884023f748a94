import type { DeleteStateMachineVersionInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { aliasesOf } from './aliases';
import { checkVersionArn } from './arns';
import { conflict } from './errors';
import type { StatesState } from './state';

/** What runs it goes on to its end. Deleting what is not there is no error. */
export const DeleteStateMachineVersion: OperationOf<StatesState, DeleteStateMachineVersionInput, object> = (state) => ({
  authorize: ({ stateMachineVersionArn }) => [
    { action: 'states:DeleteStateMachineVersion', resource: String(stateMachineVersionArn) },
  ],

  async handle({ stateMachineVersionArn: arn }) {
    const { catalogue } = state().engine;
    const { machine } = checkVersionArn(arn);
    const referring = aliasesOf(catalogue, machine).filter(({ routes }) =>
      routes.some(({ stateMachineVersionArn }) => stateMachineVersionArn === arn),
    );
    if (referring.length > 0) {
      throw conflict(
        `Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [${referring.map(({ name }) => name).join(', ')}]`,
      );
    }
    await catalogue.versions.delete(arn!);
    return {};
  },
});
