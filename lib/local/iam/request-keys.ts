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
      all ??= collect(principal, request, call, source);
      return all.get(name);
    },
  };
}

function collect(
  principal: Principal,
  request: AccessRequest,
  call: ApiCall | undefined,
  { account, region, now, roleTags }: KeySource,
): Map<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  const add = (given: Readonly<Record<string, string | readonly string[]>>) => {
    for (const [name, value] of Object.entries(given)) keys.set(name.toLowerCase(), [value].flat());
  };
  const time = now();
  add({
    // The loopback wire stands for AWS's HTTPS endpoints, which every deployed client uses.
    'aws:SecureTransport': 'true',
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
  if (call !== undefined) add(inputKeys(call));
  add(request.context ?? {});
  return keys;
}
