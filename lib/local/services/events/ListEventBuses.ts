import type { ListEventBusesCommandInput, ListEventBusesCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, page } from '../stateful';
import { busArn, DEFAULT_BUS, type EventsState } from './state';

type Output = Omit<ListEventBusesCommandOutput, '$metadata'>;

export const ListEventBuses: OperationOf<EventsState, ListEventBusesCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'events:ListEventBuses', resource: busArn(cloud, '*') }],

  async handle({ NamePrefix = '', Limit = 100, NextToken }, { cloud }) {
    const all = [
      { Name: DEFAULT_BUS, Arn: busArn(cloud) },
      ...[...state().buses.values()].map(({ name, arn, description, createdAt }) => ({
        Name: name,
        Arn: arn,
        ...(description ? { Description: description } : {}),
        CreationTime: new Date(createdAt),
        LastModifiedTime: new Date(createdAt),
      })),
    ]
      .filter(({ Name }) => Name.startsWith(NamePrefix))
      .sort((a, b) => (a.Name < b.Name ? -1 : 1));
    const { items, nextToken } = page(all, Limit, NextToken);
    return { EventBuses: [...items], ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
