/** What subscribers of each protocol receive for one published message. */
import type { MessageAttributeValue } from '@aws-sdk/client-sns';
import { alarmText } from './alarm-mail';
import type { Subscription } from './state';

/** A published message as it is kept until all its deliveries are done: plain JSON. */
export interface Published {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject?: string;
  readonly message: string;
  /** With `MessageStructure: json`: the text for each protocol. */
  readonly perProtocol?: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, StoredAttribute>>;
  readonly publishedAt: number;
  /** of a FIFO topic; a standard one hands a group on to its queues */
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly sequenceNumber?: string;
}

export interface StoredAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  /** base64 */
  readonly BinaryValue?: string;
}

export const textFor = (published: Published, protocol: string): string =>
  published.perProtocol?.[protocol] ?? published.perProtocol?.default ?? published.message;

/** The JSON document that queues (unless raw) and `email-json` get. */
export function notification(published: Published, subscription: Subscription, endpoint: string) {
  return {
    Type: 'Notification',
    MessageId: published.messageId,
    TopicArn: published.topicArn,
    ...(published.sequenceNumber === undefined ? {} : { SequenceNumber: published.sequenceNumber }),
    ...(published.subject === undefined ? {} : { Subject: published.subject }),
    Message: textFor(published, subscription.protocol),
    Timestamp: new Date(published.publishedAt).toISOString(),
    SignatureVersion: '1',
    Signature: 'not-signed-locally',
    SigningCertURL: `${endpoint}/SimpleNotificationService.pem`,
    UnsubscribeURL: unsubscribeUrl(subscription, endpoint),
    ...(Object.keys(published.attributes).length > 0 ? { MessageAttributes: notifiedAttributes(published) } : {}),
  };
}

/** The event that a subscribed function gets. */
export function lambdaEvent(published: Published, subscription: Subscription, endpoint: string) {
  const { SigningCertURL, UnsubscribeURL, ...rest } = notification(published, subscription, endpoint);
  return {
    Records: [
      {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: subscription.arn,
        Sns: {
          ...rest,
          Subject: published.subject ?? null,
          SigningCertUrl: SigningCertURL,
          UnsubscribeUrl: UnsubscribeURL,
          MessageAttributes: notifiedAttributes(published),
        },
      },
    ],
  };
}

export function mailText(published: Published, subscription: Subscription, endpoint: string): string {
  if (subscription.protocol === 'email-json') return JSON.stringify(notification(published, subscription, endpoint));
  const footer = `If you wish to stop receiving notifications from this topic, please visit the link below to unsubscribe:\n${unsubscribeUrl(subscription, endpoint)}`;
  const text = textFor(published, 'email');
  return `${alarmText(text) ?? text}\n\n--\n${footer}`;
}

const unsubscribeUrl = ({ arn }: Subscription, endpoint: string) =>
  `${endpoint}/?Action=Unsubscribe&SubscriptionArn=${encodeURIComponent(arn)}`;

const notifiedAttributes = ({ attributes }: Published) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? BinaryValue ?? '' },
    ]),
  );

export function storedAttributes(
  attributes: Readonly<Record<string, MessageAttributeValue>> | undefined,
): Record<string, StoredAttribute> {
  return Object.fromEntries(
    Object.entries(attributes ?? {}).map(([name, { DataType = 'String', StringValue, BinaryValue }]) => [
      name,
      {
        DataType,
        ...(StringValue === undefined ? {} : { StringValue }),
        ...(BinaryValue === undefined ? {} : { BinaryValue: Buffer.from(BinaryValue).toString('base64') }),
      },
    ]),
  );
}
