import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import { assumedRole, type Iam, identityOf } from '../../iam';
import { type AccessRequest, AwsError, type Operation, type Principal } from '../../service';
import { requireMembers } from '../stateful';
import { sessionOf } from './session';

type Output = Omit<AssumeRoleCommandOutput, '$metadata'>;

const DEFAULT_SECONDS = 3_600;
const MIN_SECONDS = 900;
const MAX_SECONDS = 43_200;
/** of a session that another session asks for */
const MAX_CHAINED_SECONDS = 3_600;

export function assumeRole(iam: Iam | undefined): Operation<AssumeRoleCommandInput, Output> {
  return {
    authorize({ RoleArn: resource = '', Tags, SourceIdentity }): readonly AccessRequest[] {
      return [
        { action: 'sts:AssumeRole', resource },
        ...(Tags?.length ? [{ action: 'sts:TagSession', resource }] : []),
        ...(SourceIdentity === undefined ? [] : [{ action: 'sts:SetSourceIdentity', resource }]),
      ];
    },

    async handle(input, { cloud, principal }) {
      requireMembers(input, 'RoleArn', 'RoleSessionName');
      const { RoleArn: roleArn, RoleSessionName: sessionName, DurationSeconds = DEFAULT_SECONDS } = input;
      refuseInvalid(roleArn, sessionName, DurationSeconds, principal);
      const { arn, userId } = assumedRole(cloud.account, roleArn, sessionName);
      if (iam !== undefined && iam.registry.role(roleArn) === undefined)
        throw new AwsError(
          'AccessDenied',
          `User: ${assumerOf(principal, cloud.account)} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
          403,
        );
      const expiresAt = cloud.clock.now() + DurationSeconds * 1_000;
      const session = sessionOf(input, principal, iam);
      const credentials = cloud.credentialsFor(roleArn, sessionName, { ...session, expiresAt });
      return {
        Credentials: {
          AccessKeyId: credentials.accessKeyId,
          SecretAccessKey: credentials.secretAccessKey,
          SessionToken: credentials.sessionToken,
          Expiration: new Date(expiresAt),
        },
        AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
        ...(session.sourceIdentity === undefined ? {} : { SourceIdentity: session.sourceIdentity }),
        ...(input.Policy === undefined ? {} : { PackedPolicySize: Math.ceil((input.Policy.length / 2_048) * 100) }),
      };
    },
  };
}

const assumerOf = (principal: Principal, account: string): string => identityOf(principal, account).arn;

function refuseInvalid(roleArn: string, sessionName: string, seconds: number, principal: Principal): void {
  const refuse = (member: string, value: unknown, constraint: string): never => {
    const message = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must ${constraint}`;
    throw new AwsError('ValidationError', message);
  };
  if (roleArn.length < 20) refuse('roleArn', roleArn, 'have length greater than or equal to 20');
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(roleArn))
    throw new AwsError('ValidationError', `${roleArn} is invalid`);
  if (sessionName.length < 2) refuse('roleSessionName', sessionName, 'have length greater than or equal to 2');
  if (sessionName.length > 64) refuse('roleSessionName', sessionName, 'have length less than or equal to 64');
  if (!/^[\w+=,.@-]*$/.test(sessionName))
    refuse('roleSessionName', sessionName, 'satisfy regular expression pattern: [\\w+=,.@-]*');
  if (seconds < MIN_SECONDS) refuse('durationSeconds', seconds, `have value greater than or equal to ${MIN_SECONDS}`);
  if (seconds > MAX_SECONDS) refuse('durationSeconds', seconds, `have value less than or equal to ${MAX_SECONDS}`);
  if (principal.kind === 'role' && seconds > MAX_CHAINED_SECONDS)
    throw new AwsError(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
    );
}
