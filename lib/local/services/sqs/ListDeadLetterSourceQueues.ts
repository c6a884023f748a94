import type {
  ListDeadLetterSourceQueuesCommandInput,
  ListDeadLetterSourceQueuesCommandOutput,
} from '@aws-sdk/client-sqs';
import { type OperationOf, page } from '../stateful';
import { queueArn, queueNameOf, queueUrl, redriveOf, type SqsState } from './state';

type Output = Omit<ListDeadLetterSourceQueuesCommandOutput, '$metadata'>;

export const ListDeadLetterSourceQueues: OperationOf<SqsState, ListDeadLetterSourceQueuesCommandInput, Output> = (
  state,
) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:ListDeadLetterSourceQueues', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, MaxResults = 1_000, NextToken }, { cloud }) {
    const { arn } = state().record(QueueUrl);
    const names = state()
      .records()
      .filter((record) => redriveOf(record).deadLetterTargetArn === arn)
      .map(({ name }) => name)
      .sort();
    const { items, nextToken } = page(names, MaxResults, NextToken);
    return { queueUrls: items.map((name) => queueUrl(cloud, name)), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
