import type { ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput } from '@aws-sdk/client-sns';
import type { OperationOf } from '../stateful';
import { tagList } from '../tags';
import type { SnsState } from './state';

type Output = Omit<ListTagsForResourceCommandOutput, '$metadata'>;

export const ListTagsForResource: OperationOf<SnsState, ListTagsForResourceCommandInput, Output> = (state) => ({
  authorize: ({ ResourceArn = '' }) => [{ action: 'sns:ListTagsForResource', resource: ResourceArn }],

  async handle({ ResourceArn }) {
    return { Tags: tagList(state().topic(ResourceArn).tags) };
  },
});
