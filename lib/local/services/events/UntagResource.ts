import type { UntagResourceCommandInput, UntagResourceCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { withoutTags } from '../tags';
import type { EventsState } from './state';
import { ruleNameOf } from './summary';

type Output = Omit<UntagResourceCommandOutput, '$metadata'>;

export const UntagResource: OperationOf<EventsState, UntagResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceARN = '' }) => [{ action: 'events:UntagResource', resource: ResourceARN }],

  async handle(input) {
    requireMembers(input, 'ResourceARN');
    const rule = state().rule(ruleNameOf(input.ResourceARN));
    await state().putRule({ ...rule, tags: withoutTags(rule.tags, input.TagKeys) });
    return {};
  },
});
