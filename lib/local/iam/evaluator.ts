/** Decides whether a principal may do something, by AWS's evaluation logic within one account, and says no in AWS's words. */
import type { AccessRequest, ApiCall, Principal } from '../service';
import type { RequestKeys } from './conditions';
import { denied, type Reason } from './denial';
import { identityOf } from './identity';
import { type CompiledStatement, compilePolicy, type Match } from './policy';
import { isAbout, isAccountOnly, isSessionNamed } from './principals';
import { IamRegistry } from './registry';
import { requestKeys } from './request-keys';
import { UsageLog } from './usage';

export interface Iam {
  readonly registry: IamRegistry;
  /** what each allow statement of a role has been used for */
  readonly usage: UsageLog;
  /** Throws `AwsError` at the first request that is not allowed. */
  authorize(principal: Principal, requests: readonly AccessRequest[], call?: ApiCall): void;
  /** Whether the role's trust policy lets the service act as the role, e.g. `lambda.amazonaws.com`. */
  canAssume(roleArn: string, service: string, sourceArn?: string): boolean;
}

export interface IamOptions {
  readonly account: string;
  readonly region: string;
  readonly now: () => number;
  /** where the registry keeps its copy */
  readonly file?: string;
  /** where it is kept what was used */
  readonly usageFile?: string;
  readonly log?: (line: string) => void;
}

/** These services decide by a resource policy when another service calls them for nobody in particular. */
const RESOURCE_POLICY_SERVICES: ReadonlySet<string> = new Set(['s3', 'sqs', 'sns', 'lambda', 'kms', 'secretsmanager']);

export function createIam(options: IamOptions): Iam {
  const registry = new IamRegistry(options.file);
  const usage = new UsageLog(options.usageFile);
  const source = { ...options, roleTags: (roleArn: string) => registry.role(roleArn)?.tags ?? {} };

  const strangers = new Set<string>();
  /** A role of which nothing is known here is of the user's own account: its calls are as the user's. */
  const judged = (principal: Principal): Principal => {
    if (principal.kind !== 'role' || !registry.isStranger(principal.roleArn)) return principal;
    if (!strangers.has(principal.roleArn)) {
      strangers.add(principal.roleArn);
      options.log?.(
        `No template has the role ${principal.roleArn}: what it may do is not known, so it may do everything.`,
      );
    }
    return { kind: 'admin' };
  };

  return {
    registry,
    usage,
    authorize(caller, requests, call) {
      if (isCloudFormation(caller)) return;
      const principal = judged(caller);
      for (const request of requests) {
        const keys = requestKeys(principal, request, call, source);
        const decision = decide(principal, request, keys, registry, options.account);
        if (!decision.allowed) {
          const called = (requests[0] as AccessRequest).action;
          throw denied(identityOf(principal, options.account).arn, request, decision.because, called);
        }
        if (principal.kind === 'role' && decision.by !== undefined)
          usage.note(principal.roleArn, decision.by.statement.id, decision.by.match, request);
      }
    },
    canAssume(roleArn, service, sourceArn) {
      const principal: Principal = { kind: 'service', service, ...(sourceArn === undefined ? {} : { sourceArn }) };
      const request = { action: 'sts:AssumeRole', resource: roleArn };
      const keys = requestKeys(principal, request, undefined, source);
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
  };
}

interface Applying {
  readonly statement: CompiledStatement;
  readonly match: Match;
}

/** `by`: the statement of an identity policy that allowed it. */
type Decision = { allowed: true; by?: Applying } | { allowed: false; because: Reason };

const ALLOWED: Decision = { allowed: true };
const explicit = (policy: Reason['policy']): Decision => ({ allowed: false, because: { kind: 'explicit', policy } });
const implicit = (policy: Reason['policy']): Decision => ({ allowed: false, because: { kind: 'implicit', policy } });

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html */
function decide(
  principal: Principal,
  request: AccessRequest,
  keys: RequestKeys,
  registry: IamRegistry,
  account: string,
): Decision {
  const { action, resource } = request;
  const applying = (statements: readonly CompiledStatement[]): readonly Applying[] =>
    statements.flatMap((statement) => {
      const match = statement.appliesTo(action, resource, keys);
      return match === undefined ? [] : [{ statement, match }];
    });
  const isTrust = action === 'sts:AssumeRole' || action === 'sts:TagSession' || action === 'sts:SetSourceIdentity';
  const onResource = applying(
    (isTrust ? registry.trustOf(resource) : registry.resourceStatements(resource)).filter((statement) =>
      isAbout(statement, principal, account),
    ),
  );

  if (principal.kind !== 'role') {
    if (onResource.some(isDeny)) return explicit('resource-based policy');
    if (principal.kind === 'admin' || onResource.length > 0) return ALLOWED;
    if (principal.kind === 'service' && !RESOURCE_POLICY_SERVICES.has(action.split(':', 1)[0] as string))
      return ALLOWED;
    return implicit('resource-based policy');
  }

  const identity = applying(registry.identityStatements(principal.roleArn));
  const boundary = limitOf(registry.boundaryStatements(principal.roleArn), applying);
  const session = limitOf(sessionStatements(principal), applying);
  if (identity.some(isDeny)) return explicit('identity-based policy');
  if (onResource.some(isDeny)) return explicit('resource-based policy');
  if (boundary === 'deny') return explicit('permissions boundary');
  if (session === 'deny') return explicit('session policy');

  const trusted = onResource.filter(({ statement }) => !isAccountOnly(statement.principal, account));
  // What names the session itself is granted to it whatever limits the role.
  if (!isTrust && trusted.some(({ statement }) => isSessionNamed(statement, principal, account))) return ALLOWED;
  const allow = identity.find(isAllow);
  // A role is assumed, and a key is used, only where their own policies let it: an identity's policy alone is not enough.
  const needsBoth = isTrust || action.startsWith('kms:');
  if (needsBoth ? onResource.length === 0 : allow === undefined && trusted.length === 0)
    return implicit(needsBoth ? 'resource-based policy' : 'identity-based policy');
  // The account's root in a resource policy only hands the decision to the identity's own policies.
  if (allow === undefined && trusted.length === 0) return implicit('identity-based policy');
  if (boundary === 'silent') return implicit('permissions boundary');
  if (session === 'silent') return implicit('session policy');
  return allow === undefined ? ALLOWED : { allowed: true, by: allow };
}

const isDeny = ({ statement }: Applying) => statement.effect === 'Deny';
const isAllow = ({ statement }: Applying) => statement.effect === 'Allow';

/** What a policy that only limits says: undefined where there is none. */
function limitOf(
  statements: readonly CompiledStatement[] | undefined,
  applying: (statements: readonly CompiledStatement[]) => readonly Applying[],
): 'allow' | 'deny' | 'silent' | undefined {
  if (statements === undefined) return undefined;
  const found = applying(statements);
  if (found.some(isDeny)) return 'deny';
  return found.length > 0 ? 'allow' : 'silent';
}

const sessions = new WeakMap<object, readonly CompiledStatement[]>();

function sessionStatements({ session }: Principal & { kind: 'role' }): readonly CompiledStatement[] | undefined {
  if (session?.policies === undefined || session.policies.length === 0) return undefined;
  let compiled = sessions.get(session);
  if (compiled === undefined) {
    compiled = session.policies.flatMap((document) => compilePolicy(document, 'session'));
    sessions.set(session, compiled);
  }
  return compiled;
}

function isCloudFormation(principal: Principal): boolean {
  return principal.kind === 'service' && principal.service === 'cloudformation.amazonaws.com';
}
