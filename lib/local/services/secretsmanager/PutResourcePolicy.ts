import type { PutResourcePolicyCommandInput, PutResourcePolicyCommandOutput } from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../service';
import { applyOwnPolicy } from '../resource-policy';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, type SecretsState } from './state';

type Output = Omit<PutResourcePolicyCommandOutput, '$metadata'>;

export const PutResourcePolicy: OperationOf<SecretsState, PutResourcePolicyCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('PutResourcePolicy', SecretId, state(), context),

  async handle(input) {
    requireMembers(input, 'SecretId', 'ResourcePolicy');
    const secret = state().active(input.SecretId);
    if (input.BlockPublicPolicy && letsEverybody(input.ResourcePolicy))
      throw new AwsError(
        'PublicPolicyException',
        'You cannot attach a policy that grants broad access to the secret while BlockPublicPolicy is on.',
      );
    try {
      applyOwnPolicy(state().policies, secret.arn, input.ResourcePolicy);
    } catch {
      throw new AwsError('MalformedPolicyDocumentException', 'This resource policy contains a syntax error.');
    }
    await state().put({ ...secret, policy: input.ResourcePolicy });
    return { ARN: secret.arn, Name: secret.name };
  },
});

function letsEverybody(text: string): boolean {
  try {
    const { Statement } = JSON.parse(text) as { Statement?: unknown };
    return [Statement].flat().some((one) => {
      const { Effect, Principal, Condition } = one as { Effect?: string; Principal?: unknown; Condition?: unknown };
      const aws = (Principal as { AWS?: unknown } | null | undefined)?.AWS;
      return Effect === 'Allow' && Condition === undefined && [Principal, aws].flat().includes('*');
    });
  } catch {
    return false;
  }
}
