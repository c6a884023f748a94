import type { GetSecretValueCommandInput, GetSecretValueCommandOutput } from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { accessTo, CURRENT, type SecretsState } from './state';

type Output = Omit<GetSecretValueCommandOutput, '$metadata'>;

export const GetSecretValue: OperationOf<SecretsState, GetSecretValueCommandInput, Output> = (state) => ({
  authorize: ({ SecretId }, context) => accessTo('GetSecretValue', SecretId, state(), context),

  async handle(input) {
    requireMembers(input, 'SecretId');
    const secret = state().active(input.SecretId);
    const { VersionId, VersionStage = VersionId ? undefined : CURRENT } = input;
    const version = secret.versions.find(
      ({ id, stages }) => (!VersionId || id === VersionId) && (!VersionStage || stages.includes(VersionStage)),
    );
    if (!version) {
      const wanted = VersionStage ? `value for staging label: ${VersionStage}` : `version: ${VersionId}`;
      throw new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified secret ${wanted}`);
    }
    return {
      ARN: secret.arn,
      Name: secret.name,
      VersionId: version.id,
      VersionStages: [...version.stages],
      CreatedDate: new Date(version.createdAt),
      ...(version.secretString === undefined ? {} : { SecretString: version.secretString }),
      ...(version.secretBinary === undefined
        ? {}
        : { SecretBinary: new Uint8Array(Buffer.from(version.secretBinary, 'base64')) }),
    };
  },
});
