import type { PublishInput } from '@aws-sdk/client-sns';
import { AwsError } from '../../service';
import { type Published, storedAttributes } from './message';

const MAX_MESSAGE_BYTES = 262_144;
const MAX_SUBJECT_CHARACTERS = 100;

type Input = Pick<PublishInput, 'Message' | 'Subject' | 'MessageStructure' | 'MessageAttributes'>;

export function toPublished(input: Input, topicArn: string, messageId: string, publishedAt: number): Published {
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
    topicArn,
    message,
    attributes,
    publishedAt,
    ...(subject === undefined ? {} : { subject }),
    ...(MessageStructure === 'json' ? { perProtocol: parseStructure(message) } : {}),
  };
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
