import type { AddPermissionCommandInput, AddPermissionCommandOutput } from '@aws-sdk/client-sns';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import type { SnsState } from './state';

type Output = Omit<AddPermissionCommandOutput, '$metadata'>;

/** A statement of the topic's policy for whole accounts. */
export const AddPermission: OperationOf<SnsState, AddPermissionCommandInput, Output> = (state) => ({
  authorize: ({ TopicArn = '' }) => [{ action: 'sns:AddPermission', resource: TopicArn }],

  async handle(input) {
    requireMembers(input, 'TopicArn', 'Label', 'AWSAccountId', 'ActionName');
    const topic = state().topic(input.TopicArn);
    const policy = JSON.parse(topic.attributes.Policy || '{"Version":"2012-10-17","Statement":[]}');
    const statements: { Sid?: string }[] = [policy.Statement].flat();
    if (statements.some(({ Sid }) => Sid === input.Label))
      throw new AwsError('InvalidParameterException', 'Invalid parameter: Statement already exists');
    const statement = {
      Sid: input.Label,
      Effect: 'Allow',
      Principal: { AWS: input.AWSAccountId.map((id) => `arn:aws:iam::${id}:root`) },
      Action: input.ActionName.map((action) => `SNS:${action}`),
      Resource: topic.arn,
    };
    const Policy = JSON.stringify({ ...policy, Statement: [...statements, statement] });
    await state().setTopic(topic.arn, { ...topic, attributes: { ...topic.attributes, Policy } });
    return {};
  },
});
