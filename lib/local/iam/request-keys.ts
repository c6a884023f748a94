/** The condition keys of a request: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html */
import type { AccessRequest, ApiCall, Principal } from '../service';
import type { RequestKeys } from './conditions';
import { identityOf } from './identity';
import { inputKeys } from './input-keys';

export interface KeySource {
  readonly account: string;
  readonly region: string;
  readonly now: () => number;
  readonly roleTags: (roleArn: string) => Readonly<Record<string, string>>;
}

/** The loopback wire stands for AWS's HTTPS endpoints, which every deployed client uses. */
const SECURE: readonly string[] = ['true'];

/** Looked up only when a policy asks: most requests are decided without any. */
export function requestKeys(
  principal: Principal,
  request: AccessRequest,
  call: ApiCall | undefined,
  source: KeySource,
): RequestKeys {
  let all: Map<string, readonly string[]> | undefined;
  return {
    get(name) {
      // What nearly every bucket's and queue's policy asks for, of every request.
      if (name === 'aws:securetransport' && request.context?.['aws:SecureTransport'] === undefined) return SECURE;
      all ??= collect(principal, request, call, source);
      return all.get(name);
    },
  };
}

const lowered = new Map<string, string>();
const MAX_LOWERED = 10_000;

/** The same few names come with every request. */
function lowerCase(name: string): string {
  let lower = lowered.get(name);
  if (lower === undefined) {
    if (lowered.size >= MAX_LOWERED) lowered.clear();
    lower = name.toLowerCase();
    lowered.set(name, lower);
  }
  return lower;
}

function collect(
  principal: Principal,
  request: AccessRequest,
  call: ApiCall | undefined,
  { account, region, now, roleTags }: KeySource,
): Map<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  const add = (given: Readonly<Record<string, string | readonly string[]>>) => {
    for (const name in given) {
      const value = given[name] as string | readonly string[];
      keys.set(lowerCase(name), typeof value === 'string' ? [value] : value);
    }
  };
  const time = now();
  add({
    'aws:CurrentTime': new Date(time).toISOString().replace(/\.\d+Z$/, 'Z'),
    'aws:EpochTime': String(Math.floor(time / 1000)),
    'aws:RequestedRegion': region,
    'aws:ResourceAccount': account,
    'aws:ViaAWSService': 'false',
    'aws:PrincipalIsAWSService': String(principal.kind === 'service'),
  });
  if (request.action.startsWith('s3:'))
    add({
      's3:TlsVersion': '1.3',
      's3:signatureversion': 'AWS4-HMAC-SHA256',
      's3:authType': 'REST-HEADER',
      's3:ResourceAccount': account,
    });
  if (principal.kind === 'service') {
    add({ 'aws:PrincipalServiceName': principal.service, 'aws:SourceAccount': account });
    if (principal.sourceArn !== undefined) add({ 'aws:SourceArn': principal.sourceArn });
  } else {
    add({ 'aws:SourceIp': '127.0.0.1' });
    const { userId } = identityOf(principal, account);
    if (principal.kind === 'anonymous') add({ 'aws:PrincipalType': 'Anonymous', 'aws:userid': 'anonymous' });
    else {
      const role = principal.kind === 'role' ? principal : undefined;
      add({
        'aws:PrincipalAccount': account,
        'aws:PrincipalArn': role?.roleArn ?? identityOf(principal, account).arn,
        'aws:PrincipalType': role === undefined ? 'User' : 'AssumedRole',
        'aws:userid': userId,
      });
      if (role === undefined) add({ 'aws:username': identityOf(principal, account).arn.split('/').at(-1) as string });
      else {
        // Temporary credentials always carry this one.
        add({ 'aws:MultiFactorAuthPresent': 'false' });
        for (const [tag, value] of Object.entries({ ...roleTags(role.roleArn), ...role.session?.tags }))
          add({ [`aws:PrincipalTag/${tag}`]: value });
        if (role.session?.sourceIdentity !== undefined) add({ 'aws:SourceIdentity': role.session.sourceIdentity });
      }
    }
  }
  const tags = request.resource.includes(':role/') ? roleTags(request.resource) : call?.tagsOf?.(request.resource);
  for (const [tag, value] of Object.entries(tags ?? {})) {
    const { action } = request;
    // An object's tags have a key of their own, which decides nothing else.
    if (action.startsWith('s3:')) add({ [`s3:ExistingObjectTag/${tag}`]: value });
    else
      add({ [`aws:ResourceTag/${tag}`]: value, [`${action.slice(0, action.indexOf(':'))}:ResourceTag/${tag}`]: value });
  }
  if (call !== undefined) add(inputKeys(call));
  add(request.context ?? {});
  return keys;
}
