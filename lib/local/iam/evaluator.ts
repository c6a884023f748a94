/** Decides whether a principal may do something, by AWS's evaluation logic within one account, and says no in AWS's words. */
import { type AccessRequest, AwsError, type Principal } from '../service';
import type { RequestKeys } from './conditions';
import type { CompiledStatement, PolicyPrincipal } from './policy';
import { IamRegistry } from './registry';

export interface Grant {
  readonly principal: string;
  readonly action: string;
  /** the statement that allowed it */
  readonly statement: string;
}

export interface Iam {
  readonly registry: IamRegistry;
  /** Throws `AwsError` at the first request that is not allowed. */
  authorize(principal: Principal, requests: readonly AccessRequest[]): void;
  /** Whether the role's trust policy lets the service act as the role, e.g. `lambda.amazonaws.com`. */
  canAssume(roleArn: string, service: string, sourceArn?: string): boolean;
  /** What has been allowed so far and by which statement; statements that never appear were not needed. */
  grants(): readonly Grant[];
}

export interface IamOptions {
  readonly account: string;
  readonly region: string;
  readonly now: () => number;
  /** where the registry keeps its copy */
  readonly file?: string;
}

/** These services decide by a resource policy when another service calls them for nobody in particular. */
const RESOURCE_POLICY_SERVICES: ReadonlySet<string> = new Set(['s3', 'sqs', 'sns', 'lambda', 'kms', 'secretsmanager']);

export function createIam(options: IamOptions): Iam {
  const registry = new IamRegistry(options.file);
  const used = new Map<string, Grant>();

  const isAllowed = (principal: Principal, request: AccessRequest): void => {
    const caller = describe(principal, options.account);
    const keys = keysOf(principal, request, caller, options);
    const decision = decide(principal, request, keys, registry, options.account);
    if (!decision.allowed) throw denied(caller.arn, request, decision.because);
    const key = `${caller.role ?? caller.arn} ${request.action} ${decision.by}`;
    if (!used.has(key))
      used.set(key, { principal: caller.role ?? caller.arn, action: request.action, statement: decision.by });
  };

  return {
    registry,
    authorize(principal, requests) {
      if (principal.kind === 'admin' || isCloudFormation(principal)) return;
      for (const request of requests) isAllowed(principal, request);
    },
    canAssume(roleArn, service, sourceArn) {
      const principal: Principal = { kind: 'service', service, ...(sourceArn === undefined ? {} : { sourceArn }) };
      const request = { action: 'sts:AssumeRole', resource: roleArn };
      const keys = keysOf(principal, request, describe(principal, options.account), options);
      const applying = registry
        .trustOf(roleArn)
        .filter(
          (statement) =>
            isAbout(statement, principal, options.account) && statement.appliesTo(request.action, '*', keys),
        );
      return (
        applying.some((statement) => statement.effect === 'Allow') &&
        !applying.some((statement) => statement.effect === 'Deny')
      );
    },
    grants: () => [...used.values()],
  };
}

type Decision = { allowed: true; by: string } | { allowed: false; because: string };

function decide(
  principal: Principal,
  request: AccessRequest,
  keys: RequestKeys,
  registry: IamRegistry,
  account: string,
): Decision {
  const { action, resource } = request;
  const applying = (statements: readonly CompiledStatement[]) =>
    statements.filter((statement) => statement.appliesTo(action, resource, keys));
  const isAssuming = action === 'sts:AssumeRole';
  const onResource = applying(isAssuming ? registry.trustOf(resource) : registry.resourceStatements(resource)).filter(
    (statement) => isAbout(statement, principal, account),
  );
  if (onResource.some((statement) => statement.effect === 'Deny'))
    return { allowed: false, because: 'with an explicit deny in a resource-based policy' };
  const resourceAllow = onResource.find((statement) => statement.effect === 'Allow');

  if (principal.kind !== 'role') {
    if (resourceAllow !== undefined) return { allowed: true, by: resourceAllow.sid };
    const [service = ''] = action.split(':');
    if (!RESOURCE_POLICY_SERVICES.has(service)) return { allowed: true, by: 'the service itself' };
    return { allowed: false, because: `because no resource-based policy allows the ${action} action` };
  }

  const identity = applying(registry.identityStatements(principal.roleArn));
  if (identity.some((statement) => statement.effect === 'Deny'))
    return { allowed: false, because: 'with an explicit deny in an identity-based policy' };
  const boundary = registry.boundaryStatements(principal.roleArn);
  if (boundary !== undefined) {
    const inBoundary = applying(boundary);
    if (inBoundary.some((statement) => statement.effect === 'Deny'))
      return { allowed: false, because: 'with an explicit deny in a permissions boundary' };
    if (inBoundary.length === 0)
      return { allowed: false, because: `because no permissions boundary allows the ${action} action` };
  }
  const identityAllow = identity.find((statement) => statement.effect === 'Allow');
  // The account's root in a resource policy only hands the decision to the identity's own policies.
  const direct = onResource.find(
    (statement) => statement.effect === 'Allow' && !isAccountOnly(statement.principal, account),
  );
  // A role is assumed only by whom its trust policy names: an identity's own policy is not enough.
  const allow = isAssuming && resourceAllow === undefined ? undefined : (identityAllow ?? direct);
  if (allow !== undefined) return { allowed: true, by: allow.sid };
  return { allowed: false, because: `because no identity-based policy allows the ${action} action` };
}

/** Whether a statement of a resource or trust policy speaks of this caller. */
function isAbout(statement: CompiledStatement, principal: Principal, account: string): boolean {
  if (statement.notPrincipal !== undefined) return !names(statement.notPrincipal, principal, account);
  return statement.principal !== undefined && names(statement.principal, principal, account);
}

function names(listed: PolicyPrincipal, principal: Principal, account: string): boolean {
  if (listed === '*') return true;
  const values = (kind: string): readonly string[] => [listed[kind] ?? []].flat();
  if (values('AWS').includes('*')) return true;
  if (principal.kind === 'service') return values('Service').includes(principal.service);
  if (principal.kind === 'admin') return false;
  const session = sessionArn(principal, account);
  return values('AWS').some((arn) => arn === principal.roleArn || arn === session || isAccount(arn, account));
}

function isAccountOnly(listed: PolicyPrincipal | undefined, account: string): boolean {
  if (listed === undefined || listed === '*') return false;
  const arns = [listed.AWS ?? []].flat();
  return arns.length > 0 && arns.every((arn) => isAccount(arn, account));
}

function isAccount(arn: string, account: string): boolean {
  return arn === account || arn === `arn:aws:iam::${account}:root`;
}

interface Caller {
  readonly arn: string;
  readonly role?: string;
}

function describe(principal: Principal, account: string): Caller {
  if (principal.kind === 'admin') return { arn: `arn:aws:iam::${account}:root` };
  if (principal.kind === 'service') return { arn: principal.service };
  return { arn: sessionArn(principal, account), role: principal.roleArn };
}

function sessionArn(principal: { roleArn: string; sessionName: string }, account: string): string {
  return `arn:aws:sts::${account}:assumed-role/${principal.roleArn.split('/').at(-1)}/${principal.sessionName}`;
}

function isCloudFormation(principal: Principal): boolean {
  return principal.kind === 'service' && principal.service === 'cloudformation.amazonaws.com';
}

function keysOf(principal: Principal, request: AccessRequest, caller: Caller, options: IamOptions): RequestKeys {
  const now = options.now();
  const all: Record<string, string | readonly string[]> = {
    // The loopback wire stands for AWS's HTTPS endpoints, which every deployed client uses.
    'aws:securetransport': 'true',
    'aws:currenttime': new Date(now).toISOString(),
    'aws:epochtime': String(Math.floor(now / 1000)),
    'aws:requestedregion': options.region,
    'aws:resourceaccount': options.account,
    'aws:viaawsservice': 'false',
    'aws:principalisawsservice': String(principal.kind === 'service'),
  };
  if (principal.kind === 'service') {
    all['aws:principalservicename'] = principal.service;
    all['aws:sourceaccount'] = options.account;
    if (principal.sourceArn !== undefined) all['aws:sourcearn'] = principal.sourceArn;
  } else {
    all['aws:principalaccount'] = options.account;
    all['aws:principalarn'] = caller.role ?? caller.arn;
    all['aws:principaltype'] = principal.kind === 'role' ? 'AssumedRole' : 'Account';
    all['aws:sourceip'] = '127.0.0.1';
    if (principal.kind === 'role') all['aws:userid'] = `AROALOCAL:${principal.sessionName}`;
  }
  for (const [name, value] of Object.entries(request.context ?? {})) all[name.toLowerCase()] = value;
  return {
    get: (name) => {
      const value = all[name.toLowerCase()];
      return value === undefined ? undefined : [value].flat();
    },
  };
}

/** Code and status by the habits of each service. */
const DENIALS: Readonly<Record<string, readonly [code: string, status: number]>> = {
  s3: ['AccessDenied', 403],
  sns: ['AuthorizationError', 403],
  sqs: ['AccessDenied', 403],
  sts: ['AccessDenied', 403],
  cloudwatch: ['AccessDenied', 403],
  cloudformation: ['AccessDenied', 403],
  lambda: ['AccessDeniedException', 403],
  'rds-data': ['AccessDeniedException', 403],
  scheduler: ['AccessDeniedException', 403],
};

function denied(caller: string, request: AccessRequest, because: string): AwsError {
  const [service = ''] = request.action.split(':');
  const [code, status] = DENIALS[service] ?? ['AccessDeniedException', 400];
  const resource = service === 's3' ? `"${request.resource}"` : request.resource;
  const message = `User: ${caller} is not authorized to perform: ${request.action} on resource: ${resource} ${because}`;
  return new AwsError(code, message, status);
}
