import type { ListStateMachineVersionsCommandOutput, ListStateMachineVersionsInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { checkMachineArn } from './arns';
import { pageOf } from './paging';
import type { StatesState } from './state';
import { versionsOf } from './versions';

type Output = Omit<ListStateMachineVersionsCommandOutput, '$metadata'>;

/** The latest first. */
export const ListStateMachineVersions: OperationOf<StatesState, ListStateMachineVersionsInput, Output> = (state) => ({
  authorize: ({ stateMachineArn }) => [
    { action: 'states:ListStateMachineVersions', resource: String(stateMachineArn) },
  ],

  async handle({ stateMachineArn, ...paging }) {
    const versions = versionsOf(state().engine.catalogue, checkMachineArn(stateMachineArn));
    const { items, nextToken } = pageOf(versions, paging);
    return {
      stateMachineVersions: items.map(({ stateMachineVersionArn, creationDate }) => ({
        stateMachineVersionArn,
        creationDate: new Date(creationDate),
      })),
      ...nextToken,
    };
  },
});
