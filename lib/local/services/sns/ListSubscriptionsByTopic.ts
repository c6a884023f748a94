import type { ListSubscriptionsByTopicCommandInput, ListSubscriptionsByTopicCommandOutput } from '@aws-sdk/client-sns';
import { type OperationOf, page } from '../stateful';
import type { SnsState } from './state';
import { subscriptionSummary } from './summary';

type Output = Omit<ListSubscriptionsByTopicCommandOutput, '$metadata'>;

export const ListSubscriptionsByTopic: OperationOf<SnsState, ListSubscriptionsByTopicCommandInput, Output> = (
  state,
) => ({
  authorize: ({ TopicArn = '' }) => [{ action: 'sns:ListSubscriptionsByTopic', resource: TopicArn }],

  async handle({ TopicArn, NextToken }, { cloud }) {
    const all = state().subscriptionsOf(state().topic(TopicArn).arn);
    const { items, nextToken } = page(all, 100, NextToken);
    const Subscriptions = items.map((subscription) => subscriptionSummary(subscription, cloud));
    return { Subscriptions, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
