import type { ListTagsForResourceInput, ListTagsForResourceOutput } from '@aws-sdk/client-sfn';
import type { OperationOf } from '../stateful';
import { tagItems } from './settings';
import type { StatesState } from './state';
import { taggable } from './taggable';

export const ListTagsForResource: OperationOf<StatesState, ListTagsForResourceInput, ListTagsForResourceOutput> = (
  state,
) => ({
  authorize: ({ resourceArn }) => [{ action: 'states:ListTagsForResource', resource: String(resourceArn) }],

  handle: async ({ resourceArn }) => ({ tags: tagItems(taggable(state(), resourceArn).tags) }),
});
