import type { DisableRuleCommandInput, DisableRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { type EventsState, ruleArn } from './state';

type Output = Omit<DisableRuleCommandOutput, '$metadata'>;

export const DisableRule: OperationOf<EventsState, DisableRuleCommandInput, Output> = (state) => ({
  authorize: ({ Name, EventBusName }, { cloud }) => [
    { action: 'events:DisableRule', resource: ruleArn(cloud, Name ?? '', EventBusName) },
  ],

  async handle(input) {
    requireMembers(input, 'Name');
    const rule = state().rule(input.Name, input.EventBusName);
    await state().putRule({ ...rule, state: 'DISABLED' });
    return {};
  },
});
