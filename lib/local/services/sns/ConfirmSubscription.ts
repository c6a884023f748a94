import type { ConfirmSubscriptionCommandInput, ConfirmSubscriptionCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import type { SnsState } from './state';

type Output = Omit<ConfirmSubscriptionCommandOutput, '$metadata'>;

/** Who has the token may: endpoints visit the address in their message, unsigned. */
export const ConfirmSubscription: OperationOf<SnsState, ConfirmSubscriptionCommandInput, Output> = (state) => ({
  authorize: ({ TopicArn = '' }, { principal }) =>
    principal.kind === 'anonymous' ? [] : [{ action: 'sns:ConfirmSubscription', resource: TopicArn }],

  async handle(input) {
    requireMembers(input, 'TopicArn', 'Token');
    const topic = state().topic(input.TopicArn);
    const subscription = state()
      .subscriptionsOf(topic.arn)
      .find(({ token }) => token === input.Token);
    if (!subscription) throw new AwsError('InvalidParameterException', 'Invalid parameter: Token');
    await state().subscriptions.set(subscription.arn, { ...subscription, pending: false });
    return { SubscriptionArn: subscription.arn };
  },
});
