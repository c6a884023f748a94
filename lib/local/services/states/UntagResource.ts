import type { UntagResourceInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { withoutTags } from '../tags';
import type { StatesState } from './state';
import { taggable } from './taggable';

export const UntagResource: OperationOf<StatesState, UntagResourceInput, object> = (state) => ({
  authorize: ({ resourceArn }) => [{ action: 'states:UntagResource', resource: String(resourceArn) }],

  async handle({ resourceArn, tagKeys }) {
    const resource = taggable(state(), resourceArn);
    await resource.setTags(withoutTags(resource.tags, tagKeys));
    return {};
  },
});
