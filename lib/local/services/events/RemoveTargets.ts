import type { RemoveTargetsCommandInput, RemoveTargetsCommandOutput } from '@aws-sdk/client-eventbridge';
import { type OperationOf, requireMembers } from '../stateful';
import { type EventsState, ruleArn } from './state';

type Output = Omit<RemoveTargetsCommandOutput, '$metadata'>;

export const RemoveTargets: OperationOf<EventsState, RemoveTargetsCommandInput, Output> = (state) => ({
  authorize: ({ Rule, EventBusName }, { cloud }) => [
    { action: 'events:RemoveTargets', resource: ruleArn(cloud, Rule ?? '', EventBusName) },
  ],

  async handle(input) {
    requireMembers(input, 'Rule', 'Ids');
    const rule = state().rule(input.Rule, input.EventBusName);
    await state().putRule({ ...rule, targets: rule.targets.filter(({ Id }) => !input.Ids.includes(Id ?? '')) });
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
});
