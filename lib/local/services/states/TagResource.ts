import type { TagResourceInput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { tagRecord } from './settings';
import type { StatesState } from './state';
import { taggable } from './taggable';

export const TagResource: OperationOf<StatesState, TagResourceInput, object> = (state) => ({
  authorize: ({ resourceArn }) => [{ action: 'states:TagResource', resource: String(resourceArn) }],

  async handle({ resourceArn, tags }) {
    const resource = taggable(state(), resourceArn);
    await resource.setTags(tagRecord(resourceArn!, tags, resource.tags));
    return {};
  },
});
