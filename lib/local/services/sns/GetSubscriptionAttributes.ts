import type {
  GetSubscriptionAttributesCommandInput,
  GetSubscriptionAttributesCommandOutput,
} from '@aws-sdk/client-sns';
import type { OperationOf } from '../stateful';
import type { SnsState } from './state';
import { subscriptionSummary } from './summary';

type Output = Omit<GetSubscriptionAttributesCommandOutput, '$metadata'>;

export const GetSubscriptionAttributes: OperationOf<SnsState, GetSubscriptionAttributesCommandInput, Output> = (
  state,
) => ({
  authorize: ({ SubscriptionArn = '' }) => [
    { action: 'sns:GetSubscriptionAttributes', resource: SubscriptionArn.split(':').slice(0, 6).join(':') },
  ],

  async handle({ SubscriptionArn }, { cloud }) {
    const subscription = state().subscription(SubscriptionArn);
    return {
      Attributes: {
        ...subscriptionSummary(subscription, cloud),
        SubscriptionArn: subscription.arn,
        PendingConfirmation: String(subscription.pending ?? false),
        ConfirmationWasAuthenticated: String(subscription.token === undefined),
        RawMessageDelivery: 'false',
        ...subscription.attributes,
      },
    };
  },
});
