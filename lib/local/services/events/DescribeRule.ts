import type { DescribeRuleCommandInput, DescribeRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { type EventsState, ruleArn } from './state';
import { ruleSummary } from './summary';

type Output = Omit<DescribeRuleCommandOutput, '$metadata'>;

export const DescribeRule: OperationOf<EventsState, DescribeRuleCommandInput, Output> = (state) => ({
  authorize: ({ Name, EventBusName }, { cloud }) => [
    { action: 'events:DescribeRule', resource: ruleArn(cloud, Name ?? '', EventBusName) },
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'Name');
    const rule = state().rule(input.Name, input.EventBusName);
    return { ...ruleSummary(rule), CreatedBy: cloud.account };
  },
});
