import type { RestoreSecretCommandInput, RestoreSecretCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, type SecretsState } from './state';

type Output = Omit<RestoreSecretCommandOutput, '$metadata'>;

export const RestoreSecret: OperationOf<SecretsState, RestoreSecretCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('RestoreSecret', SecretId, state(), context),

  async handle(input) {
    requireMembers(input, 'SecretId');
    const { deletedAt: _, deleteAt: __, ...secret } = state().get(input.SecretId);
    await state().put(secret);
    return { ARN: secret.arn, Name: secret.name };
  },
});
