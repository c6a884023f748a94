import type { UnsubscribeCommandInput, UnsubscribeCommandOutput } from '@aws-sdk/client-sns';
import type { OperationOf } from '../stateful';
import type { SnsState } from './state';

type Output = Omit<UnsubscribeCommandOutput, '$metadata'>;

export const Unsubscribe: OperationOf<SnsState, UnsubscribeCommandInput, Output> = (state) => ({
  /** The address in a message is visited unsigned. */
  authorize: ({ SubscriptionArn = '' }, { principal }) =>
    principal.kind === 'anonymous'
      ? []
      : [{ action: 'sns:Unsubscribe', resource: SubscriptionArn.split(':').slice(0, 6).join(':') }],

  async handle({ SubscriptionArn = '' }) {
    await state().subscriptions.delete(SubscriptionArn);
    return {};
  },
});
