import type {
  ListTagsForResourceCommandInput,
  ListTagsForResourceCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import type { OperationOf } from '../stateful';
import { accessTo, groupNameOf, type LogsState } from './state';

type Output = Omit<ListTagsForResourceCommandOutput, '$metadata'>;

export const ListTagsForResource: OperationOf<LogsState, ListTagsForResourceCommandInput, Output> = (state) => ({
  authorize: ({ resourceArn }, { cloud }) => accessTo('ListTagsForResource', cloud, groupNameOf(resourceArn)),

  async handle({ resourceArn }) {
    return { tags: { ...state().group(resourceArn).tags } };
  },
});
