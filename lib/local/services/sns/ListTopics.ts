import type { ListTopicsCommandInput, ListTopicsCommandOutput } from '@aws-sdk/client-sns';
import { type OperationOf, page } from '../stateful';
import { type SnsState, topicArn } from './state';

type Output = Omit<ListTopicsCommandOutput, '$metadata'>;

export const ListTopics: OperationOf<SnsState, ListTopicsCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'sns:ListTopics', resource: topicArn(cloud, '*') }],

  async handle({ NextToken }) {
    const { items, nextToken } = page([...state().topics.keys()].sort(), 100, NextToken);
    return { Topics: items.map((TopicArn) => ({ TopicArn })), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
