/** What a session of a role is given beside the role: policies that limit it, tags, a source identity. */
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts';
import type { Iam, PolicyDocument } from '../../iam';
import { AwsError, type Principal, type RoleSession } from '../../service';

const MAX_POLICY_CHARACTERS = 2_048;
const MAX_POLICY_ARNS = 10;
const MAX_TAGS = 50;

export function sessionOf(input: AssumeRoleCommandInput, principal: Principal, iam: Iam | undefined): RoleSession {
  const { Policy, PolicyArns = [], Tags = [], TransitiveTagKeys = [], SourceIdentity } = input;
  if (PolicyArns.length > MAX_POLICY_ARNS)
    throw new AwsError(
      'ValidationError',
      `A session takes ${MAX_POLICY_ARNS} managed policies, not ${PolicyArns.length}.`,
    );
  if (Tags.length > MAX_TAGS)
    throw new AwsError('ValidationError', `A session takes ${MAX_TAGS} tags, not ${Tags.length}.`);
  const caller = principal.kind === 'role' ? principal.session : undefined;
  const inherited = (caller?.transitiveTagKeys ?? []).map((key) => [key, caller?.tags?.[key] ?? ''] as const);
  const tags = {
    ...Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
    ...Object.fromEntries(inherited),
  };
  const policies = [
    ...(Policy === undefined ? [] : [parsed(Policy)]),
    ...PolicyArns.map(({ arn = '' }) => managed(arn, iam)),
  ];
  const transitiveTagKeys = [...new Set([...TransitiveTagKeys, ...inherited.map(([key]) => key)])];
  const sourceIdentity = caller?.sourceIdentity ?? SourceIdentity;
  return {
    ...(policies.length === 0 ? {} : { policies }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(transitiveTagKeys.length === 0 ? {} : { transitiveTagKeys }),
    ...(sourceIdentity === undefined ? {} : { sourceIdentity }),
  };
}

function parsed(text: string): PolicyDocument {
  if (text.length > MAX_POLICY_CHARACTERS)
    throw new AwsError('PackedPolicyTooLarge', `The policy has ${text.length} characters; a session takes 2048.`);
  try {
    const document = JSON.parse(text) as PolicyDocument;
    if (typeof document === 'object' && document?.Statement !== undefined) return document;
  } catch {
    // Told below.
  }
  throw new AwsError('MalformedPolicyDocument', 'Syntax errors in policy.');
}

function managed(arn: string, iam: Iam | undefined): PolicyDocument {
  const document = iam?.registry.managedDocument(arn);
  if (document === undefined)
    throw new AwsError('ValidationError', `Policy ${arn} does not exist or is not attachable.`);
  return document;
}
