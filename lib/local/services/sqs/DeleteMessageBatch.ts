import type {
  BatchResultErrorEntry,
  DeleteMessageBatchCommandInput,
  DeleteMessageBatchCommandOutput,
} from '@aws-sdk/client-sqs';
import type { OperationOf } from '../stateful';
import { assertValidBatch, failedEntry } from './send';
import { queueArn, queueNameOf, type SqsState } from './state';
import { assertValidHandle } from './validate';

type Output = Omit<DeleteMessageBatchCommandOutput, '$metadata'>;

export const DeleteMessageBatch: OperationOf<SqsState, DeleteMessageBatchCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:DeleteMessage', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, Entries = [] }) {
    assertValidBatch(Entries);
    const queue = state().queue(QueueUrl);
    const Successful: { Id: string | undefined }[] = [];
    const Failed: BatchResultErrorEntry[] = [];
    await Promise.all(
      Entries.map(async ({ Id, ReceiptHandle = '' }) => {
        try {
          assertValidHandle(ReceiptHandle);
          await queue.delete(ReceiptHandle);
          Successful.push({ Id });
        } catch (error) {
          Failed.push(failedEntry(Id, error));
        }
      }),
    );
    return { Successful, Failed };
  },
});
