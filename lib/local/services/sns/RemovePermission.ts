import type { RemovePermissionCommandInput, RemovePermissionCommandOutput } from '@aws-sdk/client-sns';
import { type OperationOf, requireMembers } from '../stateful';
import type { SnsState } from './state';

type Output = Omit<RemovePermissionCommandOutput, '$metadata'>;

/** A label that is not there is no error. */
export const RemovePermission: OperationOf<SnsState, RemovePermissionCommandInput, Output> = (state) => ({
  authorize: ({ TopicArn = '' }) => [{ action: 'sns:RemovePermission', resource: TopicArn }],

  async handle(input) {
    requireMembers(input, 'TopicArn', 'Label');
    const topic = state().topic(input.TopicArn);
    const policy = JSON.parse(topic.attributes.Policy || '{"Statement":[]}');
    const statements: { Sid?: string }[] = [policy.Statement].flat().filter(({ Sid }) => Sid !== input.Label);
    const Policy = statements.length === 0 ? '' : JSON.stringify({ ...policy, Statement: statements });
    await state().setTopic(topic.arn, { ...topic, attributes: { ...topic.attributes, Policy } });
    return {};
  },
});
