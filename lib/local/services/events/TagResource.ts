import type { TagResourceCommandInput, TagResourceCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { tagsOf } from '../tags';
import type { EventsState } from './state';
import { taggedResource } from './tagged';

type Output = Omit<TagResourceCommandOutput, '$metadata'>;

export const TagResource: OperationOf<EventsState, TagResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceARN = '' }) => [{ action: 'events:TagResource', resource: ResourceARN }],

  async handle(input) {
    requireMembers(input, 'ResourceARN');
    const { tags, setTags } = taggedResource(state(), input.ResourceARN);
    await setTags({ ...tags, ...tagsOf(input.Tags) });
    return {};
  },
});
