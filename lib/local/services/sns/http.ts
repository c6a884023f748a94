/** Subscribers behind an address: only on this machine, since nothing here talks to the world. */
import { DeliveryError } from '../../events/errors';
import { AwsError } from '../../service';
import { notification, type Published, textFor } from './message';
import type { Subscription } from './state';

const TIMEOUT_MS = 15_000;
const LOOPBACK = /^(?:127\.0\.0\.1|localhost|\[::1\])$/;

/** Throws InvalidParameter. */
export function assertEndpoint(protocol: string, endpoint: string): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url?.protocol !== `${protocol}:`)
    throw new AwsError('InvalidParameterException', 'Invalid parameter: Endpoint must match the specified protocol');
  if (!LOOPBACK.test(url.hostname))
    throw new AwsError(
      'InvalidParameterException',
      `Invalid parameter: Endpoint: the local cloud sends to 127.0.0.1 and localhost only, not to ${url.hostname}`,
    );
}

export const sendNotification = (subscription: Subscription, published: Published, cloudEndpoint: string) => {
  const isRaw = subscription.attributes.RawMessageDelivery === 'true';
  const body = isRaw
    ? textFor(published, subscription.protocol)
    : JSON.stringify(notification(published, subscription, cloudEndpoint));
  return post(subscription, 'Notification', published.messageId, body, {
    'x-amz-sns-subscription-arn': subscription.arn,
    ...(isRaw && { 'x-amz-sns-rawdelivery': 'true' }),
  });
};

/** What asks the endpoint to visit an address, or to give the token back. */
export function sendConfirmation(subscription: Subscription, messageId: string, cloudEndpoint: string, at: number) {
  const { topicArn, token = '' } = subscription;
  const query = new URLSearchParams({ Action: 'ConfirmSubscription', TopicArn: topicArn, Token: token });
  const body = {
    Type: 'SubscriptionConfirmation',
    MessageId: messageId,
    Token: token,
    TopicArn: topicArn,
    Message: `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`,
    SubscribeURL: `${cloudEndpoint}/?${query}`,
    Timestamp: new Date(at).toISOString(),
    SignatureVersion: '1',
    Signature: 'not-signed-locally',
    SigningCertURL: `${cloudEndpoint}/SimpleNotificationService.pem`,
  };
  return post(subscription, 'SubscriptionConfirmation', messageId, JSON.stringify(body), {});
}

async function post(
  { endpoint, topicArn }: Subscription,
  type: string,
  messageId: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const response = await fetch(endpoint, {
    method: 'POST',
    redirect: 'manual',
    signal: AbortSignal.timeout(TIMEOUT_MS),
    headers: {
      'content-type': 'text/plain; charset=UTF-8',
      'user-agent': 'Amazon Simple Notification Service Agent',
      'x-amz-sns-message-type': type,
      'x-amz-sns-message-id': messageId,
      'x-amz-sns-topic-arn': topicArn,
      ...headers,
    },
    body,
  }).catch((cause: Error) => {
    throw new DeliveryError('ERROR_FROM_TARGET', `${endpoint} cannot be reached: ${cause.message}`, true, { cause });
  });
  await response.body?.cancel();
  if (response.ok) return;
  const { status } = response;
  // What the endpoint says is the sender's fault is not tried again, but for having been too much.
  const isFinal = status >= 400 && status < 500 && status !== 429;
  throw new DeliveryError('ERROR_FROM_TARGET', `${endpoint} answered ${status}`, !isFinal);
}
