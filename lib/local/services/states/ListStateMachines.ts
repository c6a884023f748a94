import type { ListStateMachinesCommandOutput, ListStateMachinesInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { pageOf } from './paging';
import type { StatesState } from './state';

type Output = Omit<ListStateMachinesCommandOutput, '$metadata'>;

export const ListStateMachines: OperationOf<StatesState, ListStateMachinesInput, Output> = (state) => ({
  authorize: () => [{ action: 'states:ListStateMachines', resource: '*' }],

  async handle(paging) {
    const machines = [...state().engine.catalogue.machines.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = pageOf(machines, paging);
    return {
      stateMachines: items.map(({ stateMachineArn, name, type, creationDate }) => ({
        stateMachineArn,
        name,
        type,
        creationDate: new Date(creationDate),
      })),
      ...nextToken,
    };
  },
});
