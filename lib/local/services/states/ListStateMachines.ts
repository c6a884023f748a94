import type { ListStateMachinesCommandOutput, ListStateMachinesInput } from '@aws-sdk/client-sfn';
import { type OperationOf, page } from '../stateful';
import type { StatesState } from './state';

const DEFAULT_PAGE = 100;

type Output = Omit<ListStateMachinesCommandOutput, '$metadata'>;

export const ListStateMachines: OperationOf<StatesState, ListStateMachinesInput, Output> = (state) => ({
  authorize: () => [{ action: 'states:ListStateMachines', resource: '*' }],

  async handle({ maxResults, nextToken }) {
    const machines = [...state().engine.catalogue.machines.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken: next } = page(machines, maxResults || DEFAULT_PAGE, nextToken);
    return {
      stateMachines: items.map(({ stateMachineArn, name, type, creationDate }) => ({
        stateMachineArn,
        name,
        type,
        creationDate: new Date(creationDate),
      })),
      ...(next === undefined ? {} : { nextToken: next }),
    };
  },
});
