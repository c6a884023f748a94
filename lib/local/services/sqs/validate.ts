/** What SQS refuses in a message or in the numbers of a request, in its words. */
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { AwsError } from '../../service';

const MAX_ATTRIBUTES = 10;
/** XML's characters; SQS takes no others. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it takes
const INVALID_CHARACTER = /[^\x09\x0a\x0d\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

export const invalidValue = (message: string) => new AwsError('InvalidParameterValue', message);

/** `range` is as SQS words it, e.g. `Must be between 0 and 43200, if provided.` */
export function assertBetween(
  name: string,
  value: number | undefined,
  [min, max]: readonly [number, number],
  range: string,
) {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw invalidValue(`Value ${value} for parameter ${name} is invalid. Reason: ${range}`);
}

export function assertValidBody(body: string): void {
  if (body === '') throw new AwsError('MissingParameter', 'The request must contain the parameter MessageBody.');
  const [bad] = INVALID_CHARACTER.exec(body) ?? [];
  if (bad === undefined) return;
  const code = bad.codePointAt(0)?.toString(16);
  throw new AwsError(
    'InvalidMessageContents',
    `Invalid binary character '#x${code}' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]`,
  );
}

export function assertValidMessageAttributes(
  attributes: Readonly<Record<string, MessageAttributeValue>> | undefined,
): void {
  const entries = Object.entries(attributes ?? {});
  if (entries.length > MAX_ATTRIBUTES) {
    throw invalidValue(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
    );
  }
  for (const [name, { DataType = '', StringValue, BinaryValue }] of entries) {
    if (!/^(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/.test(name) || /^(aws|amazon)\./i.test(name)) {
      throw invalidValue(
        `The message (user) attribute name '${name}' is invalid. It may contain letters, digits, _, - and single dots, not at its start or end, and must not start with AWS. or Amazon.`,
      );
    }
    const [type = ''] = DataType.split('.');
    if (!['Binary', 'Number', 'String'].includes(type)) {
      throw invalidValue(
        `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
      );
    }
    const value = type === 'Binary' ? BinaryValue : StringValue;
    if (value === undefined || value.length === 0) {
      throw invalidValue(
        `The message (user) attribute '${name}' must contain a non-empty value of type '${DataType}'.`,
      );
    }
    if (type === 'Number' && Number.isNaN(Number(StringValue))) {
      throw invalidValue(`Can't cast the value of message (user) attribute '${name}' to a number.`);
    }
  }
}

/** A handle is this cloud's own, or no handle at all. */
export function assertValidHandle(handle: string): void {
  if (handle === '') throw new AwsError('MissingParameter', 'The request must contain the parameter ReceiptHandle.');
  if (/^[0-9a-f-]{36}\/[0-9a-f-]{36}$/.test(Buffer.from(handle, 'base64').toString())) return;
  throw new AwsError(
    'ReceiptHandleIsInvalid',
    `The input receipt handle "${handle}" is not a valid receipt handle.`,
    404,
  );
}

export const assertVisibilityTimeout = (seconds: number | undefined) =>
  assertBetween('VisibilityTimeout', seconds, [0, 43_200], 'Must be between 0 and 43200, if provided.');
