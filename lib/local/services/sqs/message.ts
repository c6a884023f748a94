/** A message as it is kept (plain JSON), its checksums, and how a receiver sees it. */
import { createHash } from 'node:crypto';
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';

export interface StoredAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** base64 */
  readonly BinaryValue?: string;
}

export interface StoredMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, StoredAttribute>>;
  readonly sentAt: number;
  readonly visibleAt: number;
  readonly receiveCount: number;
  readonly firstReceivedAt?: number;
  /** of the latest receive: only that one deletes */
  readonly receiptHandle?: string;
  /** the queue that gave it up */
  readonly sourceArn?: string;
  /** on a standard queue it has no meaning but its name */
  readonly groupId?: string;
  readonly deduplicationId?: string;
  /** of a FIFO queue: 20 digits */
  readonly sequenceNumber?: string;
  /** X-Ray's header, the one system attribute that a sender may give */
  readonly traceHeader?: string;
}

export const md5 = (text: string | Uint8Array): string => createHash('md5').update(text).digest('hex');

export const sizeOf = ({ body, attributes }: Pick<StoredMessage, 'body' | 'attributes'>): number =>
  Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue = '', BinaryValue = '' }]) =>
      sum + Buffer.byteLength(name + DataType + StringValue) + Buffer.byteLength(BinaryValue, 'base64'),
    Buffer.byteLength(body),
  );

export const storedAttributes = (
  attributes: Readonly<Record<string, MessageAttributeValue>> | undefined,
): Record<string, StoredAttribute> =>
  Object.fromEntries(
    Object.entries(attributes ?? {}).map(([name, { DataType = 'String', StringValue, BinaryValue }]) => [
      name,
      {
        DataType,
        ...(StringValue === undefined ? {} : { StringValue }),
        ...(BinaryValue === undefined ? {} : { BinaryValue: Buffer.from(BinaryValue).toString('base64') }),
      },
    ]),
  );

/** The checksum that SDKs verify: names, types and values, each with its length, in the order of the names. */
export function md5OfAttributes(attributes: Readonly<Record<string, StoredAttribute>>): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const parts: Buffer[] = [];
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  };
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name] as StoredAttribute;
    add(Buffer.from(name));
    add(Buffer.from(DataType));
    parts.push(Buffer.from([BinaryValue === undefined ? 1 : 2]));
    add(BinaryValue === undefined ? Buffer.from(StringValue ?? '') : Buffer.from(BinaryValue, 'base64'));
  }
  return md5(Buffer.concat(parts));
}

/** With the attributes that were asked for. */
export function receivedMessage(
  message: StoredMessage,
  account: string,
  systemNames: readonly string[],
  attributeNames: readonly string[],
): Message {
  const system: Record<string, string> = {
    SenderId: account,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt ?? ''),
    ...(message.sourceArn ? { DeadLetterQueueSourceArn: message.sourceArn } : {}),
    ...(message.groupId ? { MessageGroupId: message.groupId } : {}),
    ...(message.deduplicationId ? { MessageDeduplicationId: message.deduplicationId } : {}),
    ...(message.sequenceNumber ? { SequenceNumber: message.sequenceNumber } : {}),
    ...(message.traceHeader ? { AWSTraceHeader: message.traceHeader } : {}),
  };
  const Attributes = Object.fromEntries(
    Object.entries(system).filter(([name]) => systemNames.includes('All') || systemNames.includes(name)),
  );
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => isWanted(name, attributeNames)),
  );
  const checksum = md5OfAttributes(attributes);
  return {
    MessageId: message.id,
    ...(message.receiptHandle ? { ReceiptHandle: message.receiptHandle } : {}),
    MD5OfBody: md5(message.body),
    Body: message.body,
    ...(Object.keys(Attributes).length > 0 ? { Attributes } : {}),
    ...(checksum ? { MD5OfMessageAttributes: checksum, MessageAttributes: withBytes(attributes) } : {}),
  };
}

const isWanted = (name: string, wanted: readonly string[]) =>
  wanted.some(
    (pattern) =>
      pattern === 'All' || pattern === name || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -2))),
  );

const withBytes = (attributes: Readonly<Record<string, StoredAttribute>>): Record<string, MessageAttributeValue> =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { BinaryValue, ...rest }]) => [
      name,
      BinaryValue === undefined ? rest : { ...rest, BinaryValue: new Uint8Array(Buffer.from(BinaryValue, 'base64')) },
    ]),
  );
