import type { PutRuleCommandInput, PutRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import { compilePattern } from '../../events/pattern';
import { parseSchedule } from '../../events/schedule';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { tagsOf } from '../tags';
import { DEFAULT_BUS, type EventsState, keyOf, type Rule, ruleArn } from './state';

type Output = Omit<PutRuleCommandOutput, '$metadata'>;

const MAX_RULES = 300;

export const PutRule: OperationOf<EventsState, PutRuleCommandInput, Output> = (state) => ({
  authorize: ({ Name, EventBusName, RoleArn }, { cloud }) => [
    { action: 'events:PutRule', resource: ruleArn(cloud, Name ?? '', EventBusName) },
    ...(RoleArn
      ? [{ action: 'iam:PassRole', resource: RoleArn, context: { 'iam:PassedToService': 'events.amazonaws.com' } }]
      : []),
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'Name');
    const { Name: name, EventPattern, ScheduleExpression, State = 'ENABLED', Description, RoleArn, Tags } = input;
    const bus = state().busName(input.EventBusName);
    if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name)) {
      throw new AwsError(
        'ValidationException',
        `Parameter Name is not valid: ${name}. Use up to 64 of A-Z a-z 0-9 . - _`,
      );
    }
    if (!EventPattern && !ScheduleExpression) {
      throw new AwsError('ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.');
    }
    if (ScheduleExpression && bus !== DEFAULT_BUS) {
      throw new AwsError('ValidationException', 'ScheduleExpression is supported only on the default event bus.');
    }
    const now = cloud.clock.now();
    if (EventPattern) compilePattern(EventPattern);
    if (ScheduleExpression) parseSchedule(ScheduleExpression, { startsAt: now });

    const before = state().rules.get(keyOf({ name, bus }));
    if (!before && state().rulesOf(bus).length >= MAX_RULES) {
      throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
    }
    const sameSchedule = before && before.scheduleExpression === ScheduleExpression && before.state === State;
    const rule: Rule = {
      name,
      ...(bus === DEFAULT_BUS ? {} : { bus }),
      arn: ruleArn(cloud, name, bus),
      state: State,
      scheduledSince: sameSchedule ? before.scheduledSince : now,
      targets: before?.targets ?? [],
      tags: before?.tags ?? tagsOf(Tags),
      ...(Description ? { description: Description } : {}),
      ...(EventPattern ? { eventPattern: EventPattern } : {}),
      ...(ScheduleExpression ? { scheduleExpression: ScheduleExpression } : {}),
      ...(RoleArn ? { roleArn: RoleArn } : {}),
    };
    await state().putRule(rule);
    return { RuleArn: rule.arn };
  },
});
