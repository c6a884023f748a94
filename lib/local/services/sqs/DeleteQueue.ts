import type { DeleteQueueCommandInput, DeleteQueueCommandOutput } from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<DeleteQueueCommandOutput, '$metadata'>;

export const DeleteQueue: OperationOf<SqsState, DeleteQueueCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:DeleteQueue', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl }) {
    await state().remove(state().record(QueueUrl).name);
    return {};
  },
});
