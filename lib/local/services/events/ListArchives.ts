import type { ListArchivesCommandInput, ListArchivesCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, page } from '../stateful';
import { archiveArn, archiveOutput } from './archives';
import type { EventsState } from './state';

type Output = Omit<ListArchivesCommandOutput, '$metadata'>;

export const ListArchives: OperationOf<EventsState, ListArchivesCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'events:ListArchives', resource: archiveArn(cloud, '*') }],

  async handle({ NamePrefix = '', EventSourceArn, State, Limit = 100, NextToken }) {
    const all = [...state().archives.archives.values()]
      .filter(({ name }) => name.startsWith(NamePrefix))
      .filter(({ busArn }) => EventSourceArn === undefined || busArn === EventSourceArn)
      .filter(() => State === undefined || State === 'ENABLED')
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = page(all, Limit, NextToken);
    const Archives = items.map((archive) => archiveOutput(archive, state().archives.contents(archive.name)));
    return { Archives, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
