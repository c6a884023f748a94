import type { ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput } from '@aws-sdk/client-pipes';
import type { OperationOf } from '../stateful';
import { nameOf } from './pass-role';
import type { PipesState } from './state';

type Output = Omit<ListTagsForResourceCommandOutput, '$metadata'>;

export const ListTagsForResource: OperationOf<PipesState, ListTagsForResourceCommandInput, Output> = (state) => ({
  authorize: ({ resourceArn = '' }) => [{ action: 'pipes:ListTagsForResource', resource: resourceArn }],

  async handle({ resourceArn }) {
    return { tags: { ...state().pipe(nameOf(resourceArn)).tags } };
  },
});
