import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { withoutTags } from '../tags';
import type { EventsState } from './state';
import { taggedResource } from './tagged';

type Output = Omit<UntagResourceCommandOutput, '$metadata'>;

export const UntagResource: OperationOf<EventsState, UntagResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceARN = '' }) => [{ action: 'events:UntagResource', resource: ResourceARN }],

  async handle(input) {
    requireMembers(input, 'ResourceARN');
    const { tags, setTags } = taggedResource(state(), input.ResourceARN);
    await setTags(withoutTags(tags, input.TagKeys));
    return {};
  },
});
