import type { ListReplaysCommandInput, ListReplaysCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, page } from '../stateful';
import { replayArn, replayOutput } from './archives';
import type { EventsState } from './state';

type Output = Omit<ListReplaysCommandOutput, '$metadata'>;

export const ListReplays: OperationOf<EventsState, ListReplaysCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'events:ListReplays', resource: replayArn(cloud, '*') }],

  async handle({ NamePrefix = '', EventSourceArn, State, Limit = 100, NextToken }) {
    const all = [...state().archives.replays.values()]
      .filter(({ name }) => name.startsWith(NamePrefix))
      .filter(({ archiveArn }) => EventSourceArn === undefined || archiveArn === EventSourceArn)
      .filter((replay) => State === undefined || replay.state === State)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = page(all, Limit, NextToken);
    return { Replays: items.map(replayOutput), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
