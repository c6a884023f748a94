import type {
  ListRuleNamesByTargetCommandInput,
  ListRuleNamesByTargetCommandOutput,
} from '@aws-sdk/client-eventbridge';
import { type OperationOf, page } from '../stateful';
import { type EventsState, ruleArn } from './state';
import { byName } from './summary';

type Output = Omit<ListRuleNamesByTargetCommandOutput, '$metadata'>;

export const ListRuleNamesByTarget: OperationOf<EventsState, ListRuleNamesByTargetCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'events:ListRuleNamesByTarget', resource: ruleArn(cloud, '*') }],

  async handle({ TargetArn, EventBusName, Limit = 100, NextToken }) {
    const rules = state()
      .rulesOf(EventBusName)
      .filter(({ targets }) => targets.some(({ Arn }) => Arn === TargetArn));
    const { items, nextToken } = page(rules.sort(byName), Limit, NextToken);
    return { RuleNames: items.map(({ name }) => name), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
