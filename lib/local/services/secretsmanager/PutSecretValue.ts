import type { PutSecretValueCommandInput, PutSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, CURRENT, type SecretsState, withVersion } from './state';
import { newVersion, sameVersion } from './version';

type Output = Omit<PutSecretValueCommandOutput, '$metadata'>;

export const PutSecretValue: OperationOf<SecretsState, PutSecretValueCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('PutSecretValue', SecretId, state(), context),

  async handle(input, { cloud }) {
    requireMembers(input, 'SecretId');
    const secret = state().active(input.SecretId);
    const version = newVersion(input, input.VersionStages ?? [CURRENT], cloud.clock.now());
    const same = sameVersion(secret, version);
    if (!same) await state().put(withVersion(secret, version));
    return { ARN: secret.arn, Name: secret.name, VersionId: version.id, VersionStages: [...(same ?? version).stages] };
  },
});
