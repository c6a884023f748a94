/** Topics, their subscriptions, and the notifications that are on their way. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openDeliveries } from '../../events/deliveries';
import { classify, queueUrlOf, sendDeadLetter } from '../../events/targets';
import { AwsError, type CloudContext, type Principal } from '../../service';
import { openTable, type Table } from '../../store';
import { applyOwnPolicy, type ResourcePolicies } from '../resource-policy';
import type { State } from '../stateful';
import { passesFilter } from './filter-policy';
import { sendConfirmation, sendNotification } from './http';
import { writeMail } from './mail';
import { lambdaEvent, mailText, notification, type Published, textFor } from './message';

export interface Topic {
  readonly name: string;
  readonly arn: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** what an address is to give back before it gets anything */
  readonly token?: string;
  readonly pending?: boolean;
}

interface OwedNotification {
  readonly subscriptionArn: string;
  /** without one, the endpoint is asked to confirm */
  readonly published?: Published;
}

export interface SnsState extends State {
  readonly topics: Table<Topic>;
  readonly subscriptions: Table<Subscription>;
  topic(arn: string | undefined): Topic;
  subscription(arn: string | undefined): Subscription;
  subscriptionsOf(topicArn: string): readonly Subscription[];
  /** Keeps a subscription whose endpoint is asked whether it wants to be one. */
  askToConfirm(subscription: Subscription): Promise<void>;
  setTopic(arn: string, topic: Topic): Promise<void>;
  deleteTopic(arn: string): Promise<void>;
  /** Resolves when the notifications are on disk, with what was published: what a FIFO topic has taken before, as it was then. */
  publish(published: readonly Published[]): Promise<readonly Published[]>;
}

export const SNS_PRINCIPAL = 'sns.amazonaws.com';
export const topicArn = (cloud: CloudContext, name: string) => `arn:aws:sns:${cloud.region}:${cloud.account}:${name}`;

/** As long as SNS tries queues and functions. */
const RETRY_POLICY = { maximumRetryAttempts: 100_015, maximumEventAgeSeconds: 23 * 86_400 };
const HTTP_RETRY_POLICY = { maximumRetryAttempts: 3, maximumEventAgeSeconds: 3_600 };

const isHttp = ({ protocol }: Subscription) => protocol === 'http' || protocol === 'https';

const DEDUPLICATION_MS = 300_000;

interface Taken {
  readonly messageId: string;
  readonly sequenceNumber: string;
  readonly at: number;
}

export async function openSns(cloud: CloudContext, folder: string, policies?: ResourcePolicies): Promise<SnsState> {
  const taken = await openTable<Taken>(join(folder, 'deduplication.ndjson'));
  let lastSequence = [...taken.values()].reduce((last, { sequenceNumber }) => {
    const sequence = BigInt(sequenceNumber);
    return sequence > last ? sequence : last;
  }, 0n);
  const topics = await openTable<Topic>(join(folder, 'topics.ndjson'));
  const subscriptions = await openTable<Subscription>(join(folder, 'subscriptions.ndjson'));

  const deliver = async ({ subscriptionArn, published }: OwedNotification) => {
    const subscription = subscriptions.get(subscriptionArn);
    if (!subscription) return; // unsubscribed since
    if (!published) {
      if (subscription.pending) await sendConfirmation(subscription, randomUUID(), cloud.endpoint, cloud.clock.now());
      return;
    }
    if (isHttp(subscription)) return sendNotification(subscription, published, cloud.endpoint);
    if (subscription.protocol.startsWith('email')) {
      await writeMail(join(cloud.stateDir, 'mail'), {
        from: {
          name: topics.get(published.topicArn)?.attributes.DisplayName || 'AWS Notifications',
          address: 'no-reply@sns.amazonaws.com',
        },
        to: subscription.endpoint,
        subject: published.subject ?? 'AWS Notification Message',
        text: mailText(published, subscription, cloud.endpoint),
        sentAt: published.publishedAt,
        id: published.messageId,
        headers: { 'X-Amz-Sns-Topic-Arn': published.topicArn },
      });
      return;
    }
    const [service, operation, input] = callFor(cloud, subscription, published);
    await cloud.call(principalFor(subscription), service, operation, input).catch((error) => {
      throw classify(error);
    });
  };

  const deliveries = await openDeliveries<OwedNotification>({
    file: join(folder, 'deliveries.ndjson'),
    clock: cloud.clock,
    log: (line) => cloud.log(`sns: ${line}`),
    attempt: ({ payload }) => deliver(payload),
    giveUp: async (given) => {
      const { subscriptionArn, published } = given.delivery.payload;
      const subscription = subscriptions.get(subscriptionArn);
      if (!subscription) return;
      if (!published)
        return cloud.log(`sns: ${subscription.endpoint} was not asked to confirm: ${given.error.message}`);
      cloud.log(`sns: ${subscription.endpoint} did not get a message of ${published.topicArn}: ${given.error.message}`);
      const queueArn = JSON.parse(subscription.attributes.RedrivePolicy || '{}').deadLetterTargetArn;
      if (!queueArn) return;
      const body = JSON.stringify(notification(published, subscription, cloud.endpoint));
      await sendDeadLetter(cloud, principalFor(subscription), { queueArn, body, attributes: {} }, given);
    },
  });

  const applyPolicy = (arn: string, { attributes }: Pick<Topic, 'attributes'>) =>
    applyOwnPolicy(policies, arn, attributes.Policy);
  for (const topic of topics.values()) if (topic.attributes.Policy) applyPolicy(topic.arn, topic);

  /** With its sequence number, and whether it is new. */
  const numbered = async (published: Published): Promise<readonly [Published, boolean]> => {
    if (published.deduplicationId === undefined) return [published, true];
    const now = cloud.clock.now();
    for (const [key, { at }] of taken.entries()) {
      if (at + DEDUPLICATION_MS > now) break;
      await taken.delete(key);
    }
    const key = `${published.topicArn}/${published.deduplicationId}`;
    const earlier = taken.get(key);
    if (earlier) return [{ ...published, ...earlier }, false];
    const fromClock = BigInt(now) * 10_000_000n;
    lastSequence = fromClock > lastSequence ? fromClock : lastSequence + 1n;
    const sequenceNumber = String(lastSequence);
    await taken.set(key, { messageId: published.messageId, sequenceNumber, at: now });
    return [{ ...published, sequenceNumber }, true];
  };

  return {
    topics,
    subscriptions,
    async askToConfirm(subscription) {
      await subscriptions.set(subscription.arn, subscription);
      await deliveries.add([{ payload: { subscriptionArn: subscription.arn }, policy: HTTP_RETRY_POLICY }]);
    },
    async setTopic(arn, topic) {
      await topics.set(arn, topic);
      applyPolicy(arn, topic);
    },
    async deleteTopic(arn) {
      await topics.delete(arn);
      applyOwnPolicy(policies, arn, undefined);
    },
    ready: () => deliveries.resume(),
    topic(arn) {
      const topic = topics.get(arn ?? '');
      if (!topic) throw new AwsError('NotFoundException', 'Topic does not exist', 404);
      return topic;
    },
    subscription(arn) {
      const subscription = subscriptions.get(arn ?? '');
      if (!subscription) throw new AwsError('NotFoundException', 'Subscription does not exist', 404);
      return subscription;
    },
    subscriptionsOf: (topicArn) =>
      [...subscriptions.values()].filter((subscription) => subscription.topicArn === topicArn),
    async publish(messages) {
      const all = await Promise.all(messages.map(numbered));
      const fresh = all.filter(([, isNew]) => isNew).map(([published]) => published);
      const owed = fresh.flatMap((published) =>
        [...subscriptions.values()]
          .filter(
            (subscription) =>
              subscription.topicArn === published.topicArn &&
              !subscription.pending &&
              passesFilter(published, subscription),
          )
          .map((subscription) => ({
            payload: { subscriptionArn: subscription.arn, published },
            policy: isHttp(subscription) ? HTTP_RETRY_POLICY : RETRY_POLICY,
          })),
      );
      await deliveries.add(owed);
      return all.map(([published]) => published);
    },
    async close() {
      await deliveries.close();
      await subscriptions.close();
      await taken.close();
      await topics.close();
    },
  };
}

const principalFor = ({ topicArn }: Subscription): Principal => ({
  kind: 'service',
  service: SNS_PRINCIPAL,
  sourceArn: topicArn,
});

function callFor(
  cloud: CloudContext,
  subscription: Subscription,
  published: Published,
): readonly [service: string, operation: string, input: unknown] {
  if (subscription.protocol === 'lambda') {
    const Payload = Buffer.from(JSON.stringify(lambdaEvent(published, subscription, cloud.endpoint)));
    return ['lambda', 'Invoke', { FunctionName: subscription.endpoint, InvocationType: 'Event', Payload }];
  }
  const QueueUrl = queueUrlOf(cloud, subscription.endpoint);
  const order = {
    ...(published.groupId ? { MessageGroupId: published.groupId } : {}),
    ...(published.deduplicationId && subscription.endpoint.endsWith('.fifo')
      ? { MessageDeduplicationId: published.deduplicationId }
      : {}),
  };
  if (subscription.attributes.RawMessageDelivery !== 'true') {
    const MessageBody = JSON.stringify(notification(published, subscription, cloud.endpoint));
    return ['sqs', 'SendMessage', { QueueUrl, MessageBody, ...order }];
  }
  const attributes = Object.entries(published.attributes).map(([name, { BinaryValue, ...rest }]) => [
    name,
    BinaryValue === undefined ? rest : { ...rest, BinaryValue: Buffer.from(BinaryValue, 'base64') },
  ]);
  return [
    'sqs',
    'SendMessage',
    { QueueUrl, MessageBody: textFor(published, 'sqs'), MessageAttributes: Object.fromEntries(attributes), ...order },
  ];
}
