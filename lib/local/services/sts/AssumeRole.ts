import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import { AwsError, type Operation } from '../../service';
import { requireMembers } from '../stateful';
import { assumedRole } from './identity';

type Output = Omit<AssumeRoleCommandOutput, '$metadata'>;

const DEFAULT_DURATION_SECONDS = 3_600;

export const AssumeRole: Operation<AssumeRoleCommandInput, Output> = {
  authorize: ({ RoleArn = '' }) => [{ action: 'sts:AssumeRole', resource: RoleArn }],

  async handle(input, { cloud }) {
    requireMembers(input, 'RoleArn', 'RoleSessionName');
    const { RoleArn: roleArn, RoleSessionName: sessionName, DurationSeconds = DEFAULT_DURATION_SECONDS } = input;
    if (!/^arn:aws:iam::\d{12}:role\/.+$/.test(roleArn)) throw new AwsError('ValidationError', `${roleArn} is invalid`);
    if (!/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
      throw new AwsError(
        'ValidationError',
        `The session name ${sessionName} is invalid: use 2 to 64 of A-Z a-z 0-9 _ + = , . @ -`,
      );
    }
    const { accessKeyId, secretAccessKey, sessionToken } = cloud.credentialsFor(roleArn, sessionName);
    const { arn, userId } = assumedRole(cloud.account, roleArn, sessionName);
    return {
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Expiration: new Date(cloud.clock.now() + DurationSeconds * 1_000),
      },
      AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    };
  },
};
