import type { DescribeSecretCommandInput, DescribeSecretCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type OperationOf, requireMembers } from '../stateful';
import { describeSecret } from './describe';
import { accessTo, type SecretsState, stagesOf } from './state';

type Output = Omit<DescribeSecretCommandOutput, '$metadata'>;

export const DescribeSecret: OperationOf<SecretsState, DescribeSecretCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('DescribeSecret', SecretId, state(), context),

  async handle(input) {
    requireMembers(input, 'SecretId');
    const secret = state().get(input.SecretId);
    return { ...describeSecret(secret), VersionIdsToStages: stagesOf(secret) };
  },
});
