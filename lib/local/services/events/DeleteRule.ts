import type { DeleteRuleCommandInput, DeleteRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { type EventsState, keyOf, ruleArn } from './state';

type Output = Omit<DeleteRuleCommandOutput, '$metadata'>;

export const DeleteRule: OperationOf<EventsState, DeleteRuleCommandInput, Output> = (state) => ({
  authorize: ({ Name, EventBusName }, { cloud }) => [
    { action: 'events:DeleteRule', resource: ruleArn(cloud, Name ?? '', EventBusName) },
  ],

  async handle(input) {
    requireMembers(input, 'Name');
    const bus = state().busName(input.EventBusName);
    const rule = state().rules.get(keyOf({ name: input.Name, bus }));
    // Deleting what is not there succeeds, as on AWS.
    if (!rule) return {};
    if (rule.targets.length > 0) {
      throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    }
    await state().deleteRule(rule);
    return {};
  },
});
