import { createHash } from 'node:crypto';
import type { PublishInput } from '@aws-sdk/client-sns';
import { AwsError } from '../../service';
import { type Published, storedAttributes } from './message';
import type { Topic } from './state';

export const MAX_MESSAGE_BYTES = 262_144;
const MAX_SUBJECT_CHARACTERS = 100;

type Input = Pick<
  PublishInput,
  'Message' | 'Subject' | 'MessageStructure' | 'MessageAttributes' | 'MessageGroupId' | 'MessageDeduplicationId'
>;

export function toPublished(input: Input, topic: Topic, messageId: string, publishedAt: number): Published {
  const { Message: message = '', Subject: subject, MessageStructure } = input;
  const attributes = storedAttributes(input.MessageAttributes);
  if (message === '') throw invalid('Empty message');
  if (Buffer.byteLength(message) + Buffer.byteLength(JSON.stringify(attributes)) > MAX_MESSAGE_BYTES)
    throw invalid('Message too long');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (subject !== undefined && (!/^[^\x00-\x1f\x7f]+$/.test(subject) || subject.length >= MAX_SUBJECT_CHARACTERS))
    throw invalid('Subject');
  return {
    messageId,
    topicArn: topic.arn,
    message,
    attributes,
    publishedAt,
    ...(subject === undefined ? {} : { subject }),
    ...orderOf(input, topic),
    ...(MessageStructure === 'json' ? { perProtocol: parseStructure(message) } : {}),
  };
}

/** A FIFO topic needs a group, and to know what is the same. */
function orderOf(
  { Message = '', MessageGroupId: groupId, MessageDeduplicationId: given }: Input,
  { attributes }: Topic,
): Partial<Pick<Published, 'groupId' | 'deduplicationId'>> {
  if (attributes.FifoTopic !== 'true') {
    if (given !== undefined)
      throw invalid(
        'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
      );
    return groupId === undefined ? {} : { groupId };
  }
  if (!groupId) throw invalid('The MessageGroupId parameter is required for FIFO topics');
  if (given === undefined && attributes.ContentBasedDeduplication !== 'true') {
    throw invalid(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  return { groupId, deduplicationId: given ?? createHash('sha256').update(Message).digest('hex') };
}

function parseStructure(message: string): Record<string, string> {
  let texts: unknown;
  try {
    texts = JSON.parse(message);
  } catch {
    throw invalid('Message Structure - JSON message body failed to parse');
  }
  if (typeof texts !== 'object' || texts === null || typeof (texts as Record<string, unknown>).default !== 'string') {
    throw invalid('Message Structure - No default entry in JSON message body');
  }
  return texts as Record<string, string>;
}

const invalid = (what: string) => new AwsError('InvalidParameterException', `Invalid parameter: ${what}`);

/** What a publisher learns. */
export const publishedResult = (published: Published | undefined) => ({
  MessageId: published?.messageId,
  ...(published?.sequenceNumber ? { SequenceNumber: published.sequenceNumber } : {}),
});
