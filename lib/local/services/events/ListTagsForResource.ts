import type { ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { tagList } from '../tags';
import type { EventsState } from './state';
import { taggedResource } from './tagged';

type Output = Omit<ListTagsForResourceCommandOutput, '$metadata'>;

export const ListTagsForResource: OperationOf<EventsState, ListTagsForResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceARN = '' }) => [{ action: 'events:ListTagsForResource', resource: ResourceARN }],

  async handle(input) {
    requireMembers(input, 'ResourceARN');
    return { Tags: tagList(taggedResource(state(), input.ResourceARN).tags) };
  },
});
