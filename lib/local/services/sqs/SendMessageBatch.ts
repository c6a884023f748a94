import type {
  BatchResultErrorEntry,
  SendMessageBatchCommandInput,
  SendMessageBatchCommandOutput,
  SendMessageBatchResultEntry,
} from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import { reportMetrics } from '../monitoring/report';
import type { OperationOf } from '../stateful';
import { numberOf } from './attributes';
import { type StoredMessage, sizeOf } from './message';
import { assertValidBatch, failedEntry, newMessage, sentResult } from './send';
import { queueArn, queueNameOf, type SqsState } from './state';

type Output = Omit<SendMessageBatchCommandOutput, '$metadata'>;

export const SendMessageBatch: OperationOf<SqsState, SendMessageBatchCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:SendMessage', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle({ QueueUrl, Entries = [] }, { cloud }) {
    const record = state().record(QueueUrl);
    assertValidBatch(Entries);
    const limit = numberOf(record.attributes, 'MaximumMessageSize');
    const messages: StoredMessage[] = [];
    const Successful: SendMessageBatchResultEntry[] = [];
    const Failed: BatchResultErrorEntry[] = [];
    for (const entry of Entries) {
      try {
        const message = newMessage(entry, record, cloud.clock.now());
        messages.push(message);
        Successful.push({ Id: entry.Id, ...sentResult(message) });
      } catch (error) {
        Failed.push(failedEntry(entry.Id, error));
      }
    }
    if (messages.reduce((sum, message) => sum + sizeOf(message), 0) > limit) {
      throw new AwsError('BatchRequestTooLong', `Batch requests cannot be longer than ${limit} bytes.`);
    }
    await state().queue(QueueUrl).send(messages);
    reportMetrics(cloud, 'AWS/SQS', { QueueName: record.name }, { NumberOfMessagesSent: messages.length });
    return { Successful, Failed };
  },
});
