import type { ListConnectionsCommandInput, ListConnectionsCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, page } from '../stateful';
import { connectionArn, times } from './connections';
import type { EventsState } from './state';

type Output = Omit<ListConnectionsCommandOutput, '$metadata'>;

export const ListConnections: OperationOf<EventsState, ListConnectionsCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'events:ListConnections', resource: connectionArn(cloud, '*') }],

  async handle({ NamePrefix = '', ConnectionState, Limit = 100, NextToken }) {
    const all = [...state().connections.values()]
      .filter((one) => one.name.startsWith(NamePrefix))
      .filter((one) => ConnectionState === undefined || one.state === ConnectionState)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = page(all, Limit, NextToken);
    const Connections = items.map((one) => ({
      ConnectionArn: one.arn,
      Name: one.name,
      ConnectionState: one.state,
      ...(one.reason === undefined ? {} : { StateReason: one.reason }),
      AuthorizationType: one.type,
      ...times(one),
    }));
    return { Connections, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
