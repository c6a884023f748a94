import type { ListActivitiesCommandOutput, ListActivitiesInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { pageOf } from './paging';
import type { StatesState } from './state';

type Output = Omit<ListActivitiesCommandOutput, '$metadata'>;

export const ListActivities: OperationOf<StatesState, ListActivitiesInput, Output> = (state) => ({
  authorize: () => [{ action: 'states:ListActivities', resource: '*' }],

  async handle(paging) {
    const activities = [...state().engine.catalogue.activities.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = pageOf(activities, paging);
    return {
      activities: items.map(({ activityArn, name, creationDate }) => ({
        activityArn,
        name,
        creationDate: new Date(creationDate),
      })),
      ...nextToken,
    };
  },
});
