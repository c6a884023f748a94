import type { CreateSecretCommandInput, CreateSecretCommandOutput } from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { tagsOf } from '../tags';
import { accessTo, CURRENT, newSecretArn, type SecretsState } from './state';
import { newVersion, sameVersion } from './version';

type Output = Omit<CreateSecretCommandOutput, '$metadata'>;

export const CreateSecret: OperationOf<SecretsState, CreateSecretCommandInput, Output> = (state) => ({
  authorize: ({ Name }, context) => accessTo('CreateSecret', Name, state(), context),

  async handle(input, { cloud }) {
    requireMembers(input, 'Name');
    const { Name: name, Description, KmsKeyId, SecretString, SecretBinary } = input;
    if (!/^[A-Za-z0-9/_+=.@!-]{1,512}$/.test(name)) {
      const message =
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!';
      throw new AwsError('ValidationException', message);
    }
    const now = cloud.clock.now();
    const hasValue = SecretString !== undefined || SecretBinary !== undefined;
    const version = newVersion(input, [CURRENT], now);
    const existing = state().find(name);
    if (existing) {
      // The same request again, as a retry sends it.
      if (hasValue && sameVersion(existing, version)) return { ARN: existing.arn, Name: name, VersionId: version.id };
      throw new AwsError('ResourceExistsException', `The operation failed because the secret ${name} already exists.`);
    }
    const arn = newSecretArn(cloud, name);
    await state().put({
      arn,
      name,
      tags: tagsOf(input.Tags),
      createdAt: now,
      changedAt: now,
      versions: hasValue ? [version] : [],
      ...(Description ? { description: Description } : {}),
      ...(KmsKeyId ? { kmsKeyId: KmsKeyId } : {}),
    });
    return { ARN: arn, Name: name, ...(hasValue ? { VersionId: version.id } : {}) };
  },
});
