import type { ListQueuesCommandInput, ListQueuesCommandOutput } from '@aws-sdk/client-sqs';
import { type OperationOf, page } from '../stateful';
import { queueArn, queueUrl, type SqsState } from './state';

type Output = Omit<ListQueuesCommandOutput, '$metadata'>;

export const ListQueues: OperationOf<SqsState, ListQueuesCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'sqs:ListQueues', resource: queueArn(cloud, '*') }],

  async handle({ QueueNamePrefix = '', MaxResults = 1_000, NextToken }, { cloud }) {
    const names = state()
      .records()
      .map(({ name }) => name)
      .filter((name) => name.startsWith(QueueNamePrefix))
      .sort();
    const { items, nextToken } = page(names, MaxResults, NextToken);
    return { QueueUrls: items.map((name) => queueUrl(cloud, name)), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
