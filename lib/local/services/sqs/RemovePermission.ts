import type { RemovePermissionCommandInput, RemovePermissionCommandOutput } from '@aws-sdk/client-sqs';
import { type OperationOf, requireMembers } from '../stateful';
import { queueArn, queueNameOf, type SqsState } from './state';
import { invalidValue } from './validate';

type Output = Omit<RemovePermissionCommandOutput, '$metadata'>;

export const RemovePermission: OperationOf<SqsState, RemovePermissionCommandInput, Output> = (state) => ({
  authorize: ({ QueueUrl }, { cloud }) => [
    { action: 'sqs:RemovePermission', resource: queueArn(cloud, queueNameOf(QueueUrl)) },
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'Label');
    const record = state().record(input.QueueUrl);
    const policy = JSON.parse(record.attributes.Policy || '{"Statement":[]}');
    const statements: { Sid?: string }[] = [policy.Statement].flat();
    const Statement = statements.filter(({ Sid }) => Sid !== input.Label);
    if (Statement.length === statements.length) {
      throw invalidValue(
        `Value ${input.Label} for parameter Label is invalid. Reason: can't find label on existing policy.`,
      );
    }
    const { Policy: _, ...others } = record.attributes;
    const attributes = Statement.length > 0 ? { ...others, Policy: JSON.stringify({ ...policy, Statement }) } : others;
    await state().put({ ...record, attributes, modifiedAt: cloud.clock.now() });
    return {};
  },
});
