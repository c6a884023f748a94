import type { DeleteMessageCommandInput, DeleteMessageCommandOutput } from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { queueArn, queueNameOf, type SqsState } from './state';
import { assertValidHandle } from './validate';

type Output = Omit<DeleteMessageCommandOutput, '$metadata'>;

export const DeleteMessage: OperationOf<SqsState, DeleteMessageCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:DeleteMessage', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  /** An old receipt handle deletes nothing, and that is no error. */
  async handle({ QueueUrl, ReceiptHandle = '' }) {
    const queue = state().queue(QueueUrl);
    assertValidHandle(ReceiptHandle);
    await queue.delete(ReceiptHandle);
    return {};
  },
});
