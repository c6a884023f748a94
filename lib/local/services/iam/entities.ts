/** Between IAM's API and the registry of roles and policies, which the templates fill as well. */
import type { Policy, Role as RoleOutput, Tag } from '@aws-sdk/client-iam';
import { type IamRegistry, type PolicyDocument, type Role, roleIdOf } from '../../iam';
import { type AccessRequest, AwsError, type CallContext } from '../../service';

const NAME = /^[\w+=,.@-]{1,64}$/;

export const onRole = (action: string, name: string | undefined, { cloud }: CallContext): readonly AccessRequest[] => [
  { action: `iam:${action}`, resource: `arn:aws:iam::${cloud.account}:role/${name ?? ''}` },
];

export const onPolicy = (action: string, arn: string | undefined): readonly AccessRequest[] => [
  { action: `iam:${action}`, resource: arn ?? '*' },
];

/** Throws NoSuchEntity. */
export function roleNamed(registry: IamRegistry, name: string | undefined): Role {
  const role = registry.roles().find((one) => one.name === name);
  if (role === undefined) throw noSuchEntity(`The role with name ${name} cannot be found.`);
  return role;
}

export const noSuchEntity = (message: string) => new AwsError('NoSuchEntity', message, 404);
export const alreadyExists = (message: string) => new AwsError('EntityAlreadyExists', message, 409);
export const deleteConflict = (message: string) => new AwsError('DeleteConflict', message, 409);

export function checkName(member: string, value: string | undefined): string {
  if (value !== undefined && NAME.test(value)) return value;
  throw new AwsError(
    'ValidationError',
    `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
  );
}

/** Throws MalformedPolicyDocument. */
export function parsePolicy(text: string | undefined): PolicyDocument {
  try {
    const document = JSON.parse(text ?? '') as PolicyDocument | null;
    const statements = [document?.Statement ?? []].flat();
    if (document !== null && statements.length > 0 && statements.every(isStatement)) return document;
  } catch {
    // Told below.
  }
  throw new AwsError('MalformedPolicyDocument', 'Syntax errors in policy.');
}

const isStatement = ({ Effect, Action, NotAction }: Partial<Record<'Effect' | 'Action' | 'NotAction', unknown>>) =>
  (Effect === 'Allow' || Effect === 'Deny') && (Action === undefined) !== (NotAction === undefined);

export const pathOf = (arn: string): string => /:(?:role|policy)(\/.*\/|\/)[^/]+$/.exec(arn)?.[1] ?? '/';

/** Documents travel percent-encoded. */
export const encoded = (document: PolicyDocument): string => encodeURIComponent(JSON.stringify(document));

export function roleOutput(role: Role): RoleOutput {
  const boundary = role.permissionsBoundaryArn;
  return {
    Path: pathOf(role.arn),
    RoleName: role.name,
    RoleId: roleIdOf(role.arn),
    Arn: role.arn,
    CreateDate: new Date(role.createdAt ?? 0),
    AssumeRolePolicyDocument: encoded(role.trust),
    ...(role.description === undefined ? {} : { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds ?? 3_600,
    ...(boundary === undefined
      ? {}
      : {
          PermissionsBoundary: {
            PermissionsBoundaryType: 'PermissionsBoundaryPolicy' as const,
            PermissionsBoundaryArn: boundary,
          },
        }),
    ...(role.tags === undefined || Object.keys(role.tags).length === 0 ? {} : { Tags: tagList(role.tags) }),
  };
}

export const tagList = (tags: Readonly<Record<string, string>> = {}): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Policies are replaced here, not versioned. */
export const ONLY_VERSION = 'v1';

export const policyOutput = (arn: string): Policy => ({
  PolicyName: arn.slice(arn.lastIndexOf('/') + 1),
  Arn: arn,
  Path: pathOf(arn),
  DefaultVersionId: ONLY_VERSION,
  IsAttachable: true,
});
