import type {
  DeleteResourcePolicyCommandInput,
  DeleteResourcePolicyCommandOutput,
} from '@aws-sdk/client-secrets-manager';
import { applyOwnPolicy } from '../resource-policy';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, type SecretsState } from './state';

type Output = Omit<DeleteResourcePolicyCommandOutput, '$metadata'>;

export const DeleteResourcePolicy: OperationOf<SecretsState, DeleteResourcePolicyCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('DeleteResourcePolicy', SecretId, state(), context),

  async handle(input) {
    requireMembers(input, 'SecretId');
    const { policy: _, ...secret } = state().active(input.SecretId);
    applyOwnPolicy(state().policies, secret.arn, undefined);
    await state().put(secret);
    return { ARN: secret.arn, Name: secret.name };
  },
});
