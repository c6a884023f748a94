import type { ListRulesCommandInput, ListRulesCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, page } from '../stateful';
import { type EventsState, ruleArn } from './state';
import { byName, ruleSummary } from './summary';

type Output = Omit<ListRulesCommandOutput, '$metadata'>;

export const ListRules: OperationOf<EventsState, ListRulesCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'events:ListRules', resource: ruleArn(cloud, '*') }],

  async handle({ NamePrefix = '', EventBusName, Limit = 100, NextToken }) {
    const rules = state()
      .rulesOf(EventBusName)
      .filter(({ name }) => name.startsWith(NamePrefix));
    const { items, nextToken } = page(rules.sort(byName), Limit, NextToken);
    return { Rules: items.map(ruleSummary), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
