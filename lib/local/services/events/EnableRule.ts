import type { EnableRuleCommandInput, EnableRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { type EventsState, ruleArn } from './state';

type Output = Omit<EnableRuleCommandOutput, '$metadata'>;

export const EnableRule: OperationOf<EventsState, EnableRuleCommandInput, Output> = (state) => ({
  authorize: ({ Name, EventBusName }, { cloud }) => [
    { action: 'events:EnableRule', resource: ruleArn(cloud, Name ?? '', EventBusName) },
  ],

  async handle(input) {
    requireMembers(input, 'Name');
    const rule = state().rule(input.Name, input.EventBusName);
    await state().putRule({ ...rule, state: 'ENABLED' });
    return {};
  },
});
