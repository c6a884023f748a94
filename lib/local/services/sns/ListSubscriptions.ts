import type { ListSubscriptionsCommandInput, ListSubscriptionsCommandOutput } from '@aws-sdk/client-sns';
import { type OperationOf, page } from '../stateful';
import { type SnsState, topicArn } from './state';
import { subscriptionSummary } from './summary';

type Output = Omit<ListSubscriptionsCommandOutput, '$metadata'>;

export const ListSubscriptions: OperationOf<SnsState, ListSubscriptionsCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'sns:ListSubscriptions', resource: topicArn(cloud, '*') }],

  async handle({ NextToken }, { cloud }) {
    const all = [...state().subscriptions.values()];
    const { items, nextToken } = page(all, 100, NextToken);
    const Subscriptions = items.map((subscription) => subscriptionSummary(subscription, cloud));
    return { Subscriptions, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
