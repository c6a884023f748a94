import type { ChangeMessageVisibilityCommandInput, ChangeMessageVisibilityCommandOutput } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { queueArn, queueNameOf, type SqsState } from './state';
import { assertValidHandle, assertVisibilityTimeout } from './validate';

type Output = Omit<ChangeMessageVisibilityCommandOutput, '$metadata'>;

export const ChangeMessageVisibility: OperationOf<SqsState, ChangeMessageVisibilityCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:ChangeMessageVisibility', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, ReceiptHandle = '', VisibilityTimeout = 0 }) {
    assertValidHandle(ReceiptHandle);
    assertVisibilityTimeout(VisibilityTimeout);
    if (
      !(await state()
        .queue(QueueUrl)
        .changeVisibility(ReceiptHandle, VisibilityTimeout * 1_000))
    ) {
      throw new AwsError('MessageNotInflight', 'The specified message is not in flight.');
    }
    return {};
  },
});
