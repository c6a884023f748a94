import { AwsError } from '../../service';
import { assertValidFilter } from './filter-policy';

const KNOWN = [
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
  'SubscriptionRoleArn',
];

const TOPIC_ATTRIBUTES = [
  'ArchivePolicy',
  'ContentBasedDeduplication',
  'DeliveryPolicy',
  'DisplayName',
  'FifoThroughputScope',
  'FifoTopic',
  'KmsMasterKeyId',
  'Policy',
  'SignatureVersion',
  'TracingConfig',
];

export function assertTopicAttribute(name: string): void {
  const isFeedback = /^(Application|Firehose|HTTP|Lambda|SQS)(Success|Failure)Feedback(RoleArn|SampleRate)$/.test(name);
  if (!TOPIC_ATTRIBUTES.includes(name) && !isFeedback)
    throw new AwsError('InvalidParameterException', 'Invalid parameter: AttributeName');
}

/** All that a subscription is to have. */
export function assertValidSubscription(attributes: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(attributes)) {
    if (!KNOWN.includes(name)) throw new AwsError('InvalidParameterException', 'Invalid parameter: AttributeName');
  }
  assertValidFilter(attributes);
}
