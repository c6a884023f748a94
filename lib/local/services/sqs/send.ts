import { randomUUID } from 'node:crypto';
import type { SendMessageRequest } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import { numberOf } from './attributes';
import { md5, md5OfAttributes, type StoredMessage, sizeOf, storedAttributes } from './message';
import type { QueueRecord } from './state';

type Entry = Pick<SendMessageRequest, 'MessageBody' | 'MessageAttributes' | 'DelaySeconds'>;

export function newMessage(
  { MessageBody = '', MessageAttributes, DelaySeconds }: Entry,
  queue: QueueRecord,
  now: number,
): StoredMessage {
  if (MessageBody === '') throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  const delay = DelaySeconds ?? numberOf(queue.attributes, 'DelaySeconds');
  const message: StoredMessage = {
    id: randomUUID(),
    body: MessageBody,
    attributes: storedAttributes(MessageAttributes),
    sentAt: now,
    visibleAt: now + delay * 1_000,
    receiveCount: 0,
  };
  const limit = numberOf(queue.attributes, 'MaximumMessageSize');
  if (sizeOf(message) > limit) {
    throw new AwsError(
      'InvalidParameterValue',
      `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
    );
  }
  return message;
}

/** What the sender learns, checksums included: SDKs compare them. */
export function sentResult({ id, body, attributes }: StoredMessage) {
  const checksum = md5OfAttributes(attributes);
  return { MessageId: id, MD5OfMessageBody: md5(body), ...(checksum ? { MD5OfMessageAttributes: checksum } : {}) };
}

export function assertValidBatch(entries: readonly { readonly Id?: string | undefined }[] | undefined): void {
  if (!entries || entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  }
  if (entries.length > 10) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError('BatchEntryIdsNotDistinct', 'Id of a batch entry is repeated.');
  }
}

export const failedEntry = (Id: string | undefined, error: unknown) => {
  if (!(error instanceof AwsError)) throw error;
  return { Id, SenderFault: true, Code: error.code, Message: error.message };
};
