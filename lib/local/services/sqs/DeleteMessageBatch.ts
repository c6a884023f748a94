import type { DeleteMessageBatchCommandInput, DeleteMessageBatchCommandOutput } from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { assertValidBatch } from './send';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<DeleteMessageBatchCommandOutput, '$metadata'>;

export const DeleteMessageBatch: OperationOf<SqsState, DeleteMessageBatchCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:DeleteMessage', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, Entries = [] }) {
    assertValidBatch(Entries);
    const queue = state().queue(QueueUrl);
    await Promise.all(Entries.map(({ ReceiptHandle = '' }) => queue.delete(ReceiptHandle)));
    return { Successful: Entries.map(({ Id }) => ({ Id })), Failed: [] };
  },
});
