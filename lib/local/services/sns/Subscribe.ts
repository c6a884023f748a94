import { randomBytes, randomUUID } from 'node:crypto';
import type { SubscribeCommandInput, SubscribeCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { assertValidSubscription } from './attributes';
import { assertEndpoint } from './http';
import type { SnsState, Subscription } from './state';

type Output = Omit<SubscribeCommandOutput, '$metadata'>;

/** What an endpoint of each protocol looks like. */
const ENDPOINTS: Readonly<Record<string, RegExp>> = {
  http: /^/,
  https: /^/,
  email: /^[^@\s]+@[^@\s]+$/,
  'email-json': /^[^@\s]+@[^@\s]+$/,
  lambda: /^arn:aws:lambda:/,
  sqs: /^arn:aws:sqs:/,
};

/** An address is asked to confirm; all others are confirmed at once, as there is no mailbox here whose owner could be asked. The same endpoint twice is one subscription. */
export const Subscribe: OperationOf<SnsState, SubscribeCommandInput, Output> = (state) => ({
  authorize: ({ TopicArn = '' }) => [{ action: 'sns:Subscribe', resource: TopicArn }],

  async handle(input) {
    requireMembers(input, 'TopicArn', 'Protocol', 'Endpoint');
    const { Protocol: protocol, Endpoint: endpoint } = input;
    const topic = state().topic(input.TopicArn);
    const expected = Object.hasOwn(ENDPOINTS, protocol) ? ENDPOINTS[protocol] : undefined;
    if (!expected) {
      const message = `Invalid parameter: Protocol: ${protocol}; supported here: ${Object.keys(ENDPOINTS).join(', ')}`;
      throw new AwsError('InvalidParameterException', message);
    }
    if (!expected.test(endpoint))
      throw new AwsError('InvalidParameterException', `Invalid parameter: Endpoint: ${endpoint}`);
    const isHttp = protocol.startsWith('http');
    if (isHttp) assertEndpoint(protocol, endpoint);
    if (isHttp && topic.attributes.FifoTopic === 'true') {
      throw new AwsError('InvalidParameterException', `Invalid parameter: Invalid protocol type: ${protocol}`);
    }
    if (endpoint.endsWith('.fifo') && topic.attributes.FifoTopic !== 'true') {
      throw new AwsError(
        'InvalidParameterException',
        'Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics',
      );
    }
    const attributes = (input.Attributes ?? {}) as Record<string, string>;
    assertValidSubscription(attributes);

    const same = state()
      .subscriptionsOf(topic.arn)
      .find((subscription) => subscription.protocol === protocol && subscription.endpoint === endpoint);
    const arn = same?.arn ?? `${topic.arn}:${randomUUID()}`;
    const subscription: Subscription = {
      ...same,
      arn,
      topicArn: topic.arn,
      protocol,
      endpoint,
      attributes: { ...same?.attributes, ...attributes },
    };
    if (!isHttp || same?.pending === false) {
      await state().subscriptions.set(arn, subscription);
      return { SubscriptionArn: arn };
    }
    await state().askToConfirm({ ...subscription, token: randomBytes(32).toString('hex'), pending: true });
    return { SubscriptionArn: input.ReturnSubscriptionArn ? arn : 'pending confirmation' };
  },
});
