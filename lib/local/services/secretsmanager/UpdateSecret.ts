import type { UpdateSecretCommandInput, UpdateSecretCommandOutput } from '@aws-sdk/client-secrets-manager';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, CURRENT, type SecretsState, withVersion } from './state';
import { newVersion, sameVersion } from './version';

type Output = Omit<UpdateSecretCommandOutput, '$metadata'>;

export const UpdateSecret: OperationOf<SecretsState, UpdateSecretCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('UpdateSecret', SecretId, state(), context),

  async handle(input, { cloud }) {
    requireMembers(input, 'SecretId');
    const { Description, KmsKeyId, SecretString, SecretBinary } = input;
    const before = state().active(input.SecretId);
    const secret = {
      ...before,
      changedAt: cloud.clock.now(),
      ...(Description === undefined ? {} : { description: Description }),
      ...(KmsKeyId === undefined ? {} : { kmsKeyId: KmsKeyId }),
    };
    if (SecretString === undefined && SecretBinary === undefined) {
      await state().put(secret);
      return { ARN: secret.arn, Name: secret.name };
    }
    const version = newVersion(input, [CURRENT], cloud.clock.now());
    await state().put(sameVersion(secret, version) ? secret : withVersion(secret, version));
    return { ARN: secret.arn, Name: secret.name, VersionId: version.id };
  },
});
