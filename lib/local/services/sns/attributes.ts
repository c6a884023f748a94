import { compilePattern } from '../../events/pattern';
import { AwsError } from '../../service';

const KNOWN = [
  'DeliveryPolicy',
  'FilterPolicy',
  'FilterPolicyScope',
  'RawMessageDelivery',
  'RedrivePolicy',
  'SubscriptionRoleArn',
];

export function assertValidSubscriptionAttribute(name: string, value: string): void {
  if (!KNOWN.includes(name)) throw new AwsError('InvalidParameterException', 'Invalid parameter: AttributeName');
  if (name !== 'FilterPolicy' || value === '' || value === '{}') return;
  try {
    compilePattern(value);
  } catch (error) {
    throw new AwsError('InvalidParameterException', `Invalid parameter: FilterPolicy: ${(error as Error).message}`);
  }
}
