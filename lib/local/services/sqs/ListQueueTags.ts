import type { ListQueueTagsCommandInput, ListQueueTagsCommandOutput } from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<ListQueueTagsCommandOutput, '$metadata'>;

export const ListQueueTags: OperationOf<SqsState, ListQueueTagsCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:ListQueueTags', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl }) {
    return { Tags: { ...state().record(QueueUrl).tags } };
  },
});
