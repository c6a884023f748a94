import type { ListTargetsByRuleCommandInput, ListTargetsByRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, page, requireMembers } from '../stateful';
import { type EventsState, ruleArn } from './state';

type Output = Omit<ListTargetsByRuleCommandOutput, '$metadata'>;

export const ListTargetsByRule: OperationOf<EventsState, ListTargetsByRuleCommandInput, Output> = (state) => ({
  authorize: ({ Rule, EventBusName }, { cloud }) => [
    { action: 'events:ListTargetsByRule', resource: ruleArn(cloud, Rule ?? '', EventBusName) },
  ],

  async handle(input) {
    requireMembers(input, 'Rule');
    const { targets } = state().rule(input.Rule, input.EventBusName);
    const { items, nextToken } = page(targets, input.Limit ?? 100, input.NextToken);
    return { Targets: [...items], ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
