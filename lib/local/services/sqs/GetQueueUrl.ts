import type { GetQueueUrlCommandInput, GetQueueUrlCommandOutput } from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { queueArn, queueUrl, type SqsState } from './state';

type Output = Omit<GetQueueUrlCommandOutput, '$metadata'>;

export const GetQueueUrl: OperationOf<SqsState, GetQueueUrlCommandInput, Output> = (state) => ({
  authorize: ({ QueueName = '' }, { cloud }) => [{ action: 'sqs:GetQueueUrl', resource: queueArn(cloud, QueueName) }],

  async handle({ QueueName }, { cloud }) {
    return { QueueUrl: queueUrl(cloud, state().record(QueueName).name) };
  },
});
