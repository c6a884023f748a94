import type { AddPermissionCommandInput, AddPermissionCommandOutput } from '@aws-sdk/client-sqs';
import { type OperationOf, requireMembers } from '../stateful';
import { queueArn, queueNameOf, type SqsState } from './state';
import { invalidValue } from './validate';

type Output = Omit<AddPermissionCommandOutput, '$metadata'>;

/** A statement of the queue's policy for whole accounts. */
export const AddPermission: OperationOf<SqsState, AddPermissionCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:AddPermission', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'Label', 'AWSAccountIds', 'Actions');
    const record = state().record(input.QueueUrl);
    const policy = JSON.parse(record.attributes.Policy || '{"Version":"2012-10-17","Statement":[]}');
    const statements: { Sid?: string }[] = [policy.Statement].flat();
    if (statements.some(({ Sid }) => Sid === input.Label)) {
      throw invalidValue(`Value ${input.Label} for parameter Label is invalid. Reason: Already exists.`);
    }
    const statement = {
      Sid: input.Label,
      Effect: 'Allow',
      Principal: { AWS: input.AWSAccountIds.map((id) => `arn:aws:iam::${id}:root`) },
      Action: input.Actions.map((action) => `SQS:${action}`),
      Resource: record.arn,
    };
    const Policy = JSON.stringify({ ...policy, Statement: [...statements, statement] });
    await state().put({ ...record, attributes: { ...record.attributes, Policy }, modifiedAt: cloud.clock.now() });
    return {};
  },
});
