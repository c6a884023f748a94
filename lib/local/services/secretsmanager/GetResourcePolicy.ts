import type { GetResourcePolicyCommandInput, GetResourcePolicyCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, type SecretsState } from './state';

type Output = Omit<GetResourcePolicyCommandOutput, '$metadata'>;

export const GetResourcePolicy: OperationOf<SecretsState, GetResourcePolicyCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('GetResourcePolicy', SecretId, state(), context),

  async handle(input) {
    requireMembers(input, 'SecretId');
    const { arn, name, policy } = state().get(input.SecretId);
    return { ARN: arn, Name: name, ...(policy === undefined ? {} : { ResourcePolicy: policy }) };
  },
});
