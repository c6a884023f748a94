import type { ListTagsForResourceCommandInput, ListTagsForResourceCommandOutput } from '@aws-sdk/client-emr-serverless';
import type { OperationOf } from '../stateful';
import { access } from './access';
import type { EmrServerlessState } from './state';
import { tagged } from './tagged';

type Output = Omit<ListTagsForResourceCommandOutput, '$metadata'>;

export const ListTagsForResource: OperationOf<EmrServerlessState, ListTagsForResourceCommandInput, Output> = (
  state,
) => ({
  authorize: ({ resourceArn = '' }) => [access('ListTagsForResource', resourceArn)],

  async handle({ resourceArn }) {
    return { tags: { ...tagged(state(), resourceArn).tags } };
  },
});
