/** A queue as a pipe's source: batches by size and window; what has arrived is deleted, the rest becomes visible again in its time. */
import type { Message, ReceiveMessageResult } from '@aws-sdk/client-sqs';
import { queueUrlOf } from '../../events/targets';
import type { CloudContext, Principal } from '../../service';
import type { PipeInput } from './record';
import type { Source, SourceEvent } from './sources';

/** SQS hands out and deletes so many at once. */
const SQS_BATCH = 10;
const LONG_POLL_SECONDS = 20;

export function openSqsSource(cloud: CloudContext, principal: Principal, pipe: PipeInput): Source {
  const arn = pipe.Source ?? '';
  const QueueUrl = queueUrlOf(cloud, arn);
  const { BatchSize = 10, MaximumBatchingWindowInSeconds = 0 } = pipe.SourceParameters?.SqsQueueParameters ?? {};

  const receive = async (max: number, waitSeconds: number, signal: AbortSignal): Promise<readonly Message[]> => {
    const asked = cloud.call(principal, 'sqs', 'ReceiveMessage', {
      QueueUrl,
      MaxNumberOfMessages: Math.min(max, SQS_BATCH),
      WaitTimeSeconds: Math.min(LONG_POLL_SECONDS, Math.ceil(waitSeconds)),
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }) as Promise<ReceiveMessageResult>;
    const answer = await untilAborted(asked, signal);
    if (answer) return answer.Messages ?? [];
    // The pipe stops while its poll is open: what that still brings is put back.
    asked.then(({ Messages = [] }) => putBack(Messages)).catch(() => undefined);
    return [];
  };
  const putBack = (messages: readonly Message[]) =>
    Promise.all(
      messages.map(({ ReceiptHandle }) =>
        cloud.call(principal, 'sqs', 'ChangeMessageVisibility', { QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }),
      ),
    );

  return {
    async read(signal) {
      const messages = [...(await receive(BatchSize, LONG_POLL_SECONDS, signal))];
      const until = cloud.clock.now() + MaximumBatchingWindowInSeconds * 1_000;
      while (messages.length > 0 && messages.length < BatchSize && !signal.aborted) {
        const left = until - cloud.clock.now();
        if (left <= 0) break;
        messages.push(...(await receive(BatchSize - messages.length, left / 1_000, signal)));
      }
      return {
        events: messages.map((message) => toEvent(message, arn, cloud)),
        async done(ids) {
          const arrived = messages.filter(({ MessageId = '' }) => ids.has(MessageId));
          for (let i = 0; i < arrived.length; i += SQS_BATCH) {
            const Entries = arrived
              .slice(i, i + SQS_BATCH)
              .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
            await cloud.call(principal, 'sqs', 'DeleteMessageBatch', { QueueUrl, Entries });
          }
        },
      };
    },
  };
}

/** As Lambda's event source mappings write it. */
function toEvent(message: Message, arn: string, cloud: CloudContext): SourceEvent {
  const { MessageId = '', ReceiptHandle, Body, Attributes = {}, MessageAttributes = {}, MD5OfBody } = message;
  const attributes = Object.entries(MessageAttributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    {
      ...(StringValue === undefined ? {} : { stringValue: StringValue }),
      ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
      stringListValues: [],
      binaryListValues: [],
      dataType: DataType,
    },
  ]);
  const event = {
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes,
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: arn,
    awsRegion: cloud.region,
  };
  return { id: MessageId, event };
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(undefined);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
