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

/** All that a subscription is to have. */
export function assertValidSubscription(attributes: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(attributes)) {
    if (!KNOWN.includes(name)) throw new AwsError('InvalidParameterException', 'Invalid parameter: AttributeName');
  }
  assertValidFilter(attributes);
}
