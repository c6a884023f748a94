import type { DeleteRuleCommandInput, DeleteRuleCommandOutput } from '@aws-sdk/client-eventbridge';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { assertDefaultBus, type EventsState, ruleArn } from './state';

type Output = Omit<DeleteRuleCommandOutput, '$metadata'>;

export const DeleteRule: OperationOf<EventsState, DeleteRuleCommandInput, Output> = (state) => ({
  authorize: ({ Name }, { cloud }) => [{ action: 'events:DeleteRule', resource: ruleArn(cloud, Name ?? '') }],

  async handle(input, { cloud }) {
    requireMembers(input, 'Name');
    assertDefaultBus(cloud, input.EventBusName);
    // Deleting what is not there succeeds, as on AWS.
    if ((state().rules.get(input.Name)?.targets.length ?? 0) > 0) {
      throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
    }
    await state().deleteRule(input.Name);
    return {};
  },
});
