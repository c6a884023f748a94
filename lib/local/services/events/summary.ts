import type { Rule as RuleSummary } from '@aws-sdk/client-eventbridge';
import type { Rule } from './state';

/** A rule as DescribeRule and ListRules show it. */
export const ruleSummary = (rule: Rule): RuleSummary => ({
  Name: rule.name,
  Arn: rule.arn,
  State: rule.state as RuleSummary['State'],
  EventBusName: 'default',
  ...(rule.description ? { Description: rule.description } : {}),
  ...(rule.eventPattern ? { EventPattern: rule.eventPattern } : {}),
  ...(rule.scheduleExpression ? { ScheduleExpression: rule.scheduleExpression } : {}),
  ...(rule.roleArn ? { RoleArn: rule.roleArn } : {}),
});

export const byName = (a: Rule, b: Rule): number => (a.name < b.name ? -1 : 1);

/** `arn:aws:events:<region>:<account>:rule/<name>` */
export const ruleNameOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
