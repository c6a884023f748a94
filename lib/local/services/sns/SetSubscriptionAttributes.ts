import type {
  SetSubscriptionAttributesCommandInput,
  SetSubscriptionAttributesCommandOutput,
} from '@aws-sdk/client-sns';
import { type OperationOf, requireMembers } from '../stateful';
import { assertValidSubscription } from './attributes';
import type { SnsState } from './state';

type Output = Omit<SetSubscriptionAttributesCommandOutput, '$metadata'>;

export const SetSubscriptionAttributes: OperationOf<SnsState, SetSubscriptionAttributesCommandInput, Output> = (
  state,
) => ({
  authorize: ({ SubscriptionArn = '' }) => [
    { action: 'sns:SetSubscriptionAttributes', resource: SubscriptionArn.split(':').slice(0, 6).join(':') },
  ],

  async handle(input) {
    requireMembers(input, 'SubscriptionArn', 'AttributeName');
    const { AttributeName: name, AttributeValue: value = '' } = input;
    const subscription = state().subscription(input.SubscriptionArn);
    assertValidSubscription({ ...subscription.attributes, [name]: value });
    const { [name]: _, ...others } = subscription.attributes;
    const attributes = value === '' || value === '{}' ? others : { ...others, [name]: value };
    await state().subscriptions.set(subscription.arn, { ...subscription, attributes });
    return {};
  },
});
