import type { Rule as RuleSummary } from '@aws-sdk/client-eventbridge';
import type { EventsState, Rule } from './state';

/** A rule as DescribeRule and ListRules show it. */
export const ruleSummary = (rule: Rule): RuleSummary => ({
  Name: rule.name,
  Arn: rule.arn,
  State: rule.state as RuleSummary['State'],
  EventBusName: rule.bus ?? 'default',
  ...(rule.description ? { Description: rule.description } : {}),
  ...(rule.eventPattern ? { EventPattern: rule.eventPattern } : {}),
  ...(rule.scheduleExpression ? { ScheduleExpression: rule.scheduleExpression } : {}),
  ...(rule.roleArn ? { RoleArn: rule.roleArn } : {}),
});

export const byName = (a: Rule, b: Rule): number => (a.name < b.name ? -1 : 1);

/** `arn:aws:events:<region>:<account>:rule/[<bus>/]<name>` */
export function ruleByArn(state: EventsState, arn: string): Rule {
  const path = arn.replace(/^.*:rule\//, '').split('/');
  return state.rule(path.at(-1) ?? '', path.length > 1 ? path[0] : undefined);
}
