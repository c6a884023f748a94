import type {
  BatchResultErrorEntry,
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SendMessageBatchResultEntry,
} from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import { reportMetrics } from '../monitoring/report';
import type { OperationOf } from '../stateful';
import { type StoredMessage, sizeOf } from './message';
import { assertValidBatch, failedEntry, MAX_BYTES, newMessage, sentResult } from './send';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<SendMessageBatchCommandOutput, '$metadata'>;

export const SendMessageBatch: OperationOf<SqsState, SendMessageBatchCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:SendMessage', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, Entries = [] }, { cloud }) {
    const record = state().record(QueueUrl);
    assertValidBatch(Entries);
    const messages: StoredMessage[] = [];
    const ids: (string | undefined)[] = [];
    const Failed: BatchResultErrorEntry[] = [];
    for (const entry of Entries) {
      try {
        const message = newMessage(entry, record, cloud.clock.now());
        messages.push(message);
        ids.push(entry.Id);
      } catch (error) {
        Failed.push(failedEntry(entry.Id, error));
      }
    }
    const bytes = messages.reduce((sum, message) => sum + sizeOf(message), 0);
    if (bytes > MAX_BYTES) {
      throw new AwsError(
        'BatchRequestTooLong',
        `Batch requests cannot be longer than ${MAX_BYTES} bytes. You have sent ${bytes} bytes.`,
      );
    }
    const sent = await state().send(record, messages);
    const Successful = sent.map(
      (message, index): SendMessageBatchResultEntry => ({ Id: ids[index], ...sentResult(message) }),
    );
    reportMetrics(cloud, 'AWS/SQS', { QueueName: record.name }, { NumberOfMessagesSent: messages.length });
    return { Successful, Failed };
  },
});
