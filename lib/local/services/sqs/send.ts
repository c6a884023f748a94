import { createHash, randomUUID } from 'node:crypto';
import type { SendMessageRequest } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';
import { isFifo, numberOf } from './attributes';
import { md5, md5OfAttributes, type StoredMessage, sizeOf, storedAttributes } from './message';
import type { QueueRecord } from './state';
import { assertBetween, assertValidBody, assertValidMessageAttributes, invalidValue } from './validate';

type Entry = Omit<SendMessageRequest, 'QueueUrl'>;

/** SQS's own limit, for a message and for a batch. */
export const MAX_BYTES = 1_048_576;

export function newMessage(entry: Entry, queue: QueueRecord, now: number): StoredMessage {
  const { MessageBody = '', MessageAttributes, DelaySeconds, MessageSystemAttributes } = entry;
  assertValidBody(MessageBody);
  assertValidMessageAttributes(MessageAttributes);
  assertBetween('DelaySeconds', DelaySeconds, [0, 900], 'DelaySeconds must be >= 0 and <= 900.');
  const order = orderOf(entry, queue);
  const delay = DelaySeconds ?? numberOf(queue.attributes, 'DelaySeconds');
  const traceHeader = MessageSystemAttributes?.AWSTraceHeader?.StringValue;
  const message: StoredMessage = {
    id: randomUUID(),
    body: MessageBody,
    attributes: storedAttributes(MessageAttributes),
    sentAt: now,
    visibleAt: now + delay * 1_000,
    receiveCount: 0,
    ...order,
    ...(traceHeader ? { traceHeader } : {}),
  };
  const limit = numberOf(queue.attributes, 'MaximumMessageSize');
  if (sizeOf(message) > limit) {
    throw invalidValue(`One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`);
  }
  return message;
}

/** The group and the deduplication of a message. A standard queue takes a group, for fairness between them, and nothing else. */
function orderOf(entry: Entry, queue: QueueRecord): Pick<StoredMessage, 'groupId' | 'deduplicationId'> {
  const { MessageGroupId: groupId, MessageDeduplicationId: given, DelaySeconds, MessageBody = '' } = entry;
  const notForThisType = (name: string, value: unknown) =>
    invalidValue(
      `Value ${value} for parameter ${name} is invalid. Reason: The request includes a parameter that is not valid for this queue type.`,
    );
  for (const [name, value] of Object.entries({ MessageGroupId: groupId, MessageDeduplicationId: given })) {
    if (value !== undefined && !/^[!-~]{1,128}$/.test(value)) {
      throw invalidValue(
        `Value ${value} for parameter ${name} is invalid. Reason: ${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
      );
    }
  }
  if (!isFifo(queue.name)) {
    if (given !== undefined) throw notForThisType('MessageDeduplicationId', given);
    return groupId === undefined ? {} : { groupId };
  }
  if (!groupId) throw new AwsError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
  if (DelaySeconds) throw notForThisType('DelaySeconds', DelaySeconds);
  if (given === undefined && queue.attributes.ContentBasedDeduplication !== 'true') {
    throw invalidValue(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  return { groupId, deduplicationId: given ?? createHash('sha256').update(MessageBody).digest('hex') };
}

/** What the sender learns, checksums included: SDKs compare them. */
export function sentResult({ id, body, attributes, sequenceNumber }: StoredMessage) {
  const checksum = md5OfAttributes(attributes);
  return {
    MessageId: id,
    MD5OfMessageBody: md5(body),
    ...(checksum ? { MD5OfMessageAttributes: checksum } : {}),
    ...(sequenceNumber ? { SequenceNumber: sequenceNumber } : {}),
  };
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
  const seen = new Set<string>();
  for (const { Id = '' } of entries) {
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) {
      throw new AwsError(
        'InvalidBatchEntryId',
        'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
      );
    }
    if (seen.has(Id)) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    seen.add(Id);
  }
}

export const failedEntry = (Id: string | undefined, error: unknown) => {
  if (!(error instanceof AwsError)) throw error;
  return { Id, SenderFault: true, Code: error.code, Message: error.message };
};
