import type {
  BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommandInput,
  ChangeMessageVisibilityBatchCommandOutput,
} from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { assertValidBatch, failedEntry } from './send';
import { queueArn, queueNameOf, type SqsState } from './state';
import { assertValidHandle, assertVisibilityTimeout } from './validate';

type Output = Omit<ChangeMessageVisibilityBatchCommandOutput, '$metadata'>;

export const ChangeMessageVisibilityBatch: OperationOf<SqsState, ChangeMessageVisibilityBatchCommandInput, Output> = (
  state,
) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:ChangeMessageVisibility', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, Entries = [] }) {
    assertValidBatch(Entries);
    const queue = state().queue(QueueUrl);
    const Successful: { Id: string | undefined }[] = [];
    const Failed: BatchResultErrorEntry[] = [];
    for (const { Id, ReceiptHandle = '', VisibilityTimeout = 0 } of Entries) {
      try {
        assertValidHandle(ReceiptHandle);
        assertVisibilityTimeout(VisibilityTimeout);
        if (!(await queue.changeVisibility(ReceiptHandle, VisibilityTimeout * 1_000)))
          throw new AwsError('MessageNotInflight', 'The specified message is not in flight.');
        Successful.push({ Id });
      } catch (error) {
        Failed.push(failedEntry(Id, error));
      }
    }
    return { Successful, Failed };
  },
});
