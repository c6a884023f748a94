import type { PurgeQueueCommandInput, PurgeQueueCommandOutput } from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<PurgeQueueCommandOutput, '$metadata'>;

export const PurgeQueue: OperationOf<SqsState, PurgeQueueCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:PurgeQueue', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl }) {
    await state().purge(QueueUrl);
    return {};
  },
});
