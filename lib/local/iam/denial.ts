/** How AWS says no: code and status by the service that was called, the action in that service's own writing. */
import { type AccessRequest, AwsError } from '../service';
import { ANONYMOUS } from './identity';

/** Code and status by the habits of each service; of every other one AccessDeniedException, 400. */
const CODES: Readonly<Record<string, readonly [code: string, status: number]>> = {
  s3: ['AccessDenied', 403],
  sns: ['AuthorizationError', 403],
  sqs: ['AccessDenied', 403],
  sts: ['AccessDenied', 403],
  cloudwatch: ['AccessDenied', 403],
  cloudformation: ['AccessDenied', 403],
  lambda: ['AccessDeniedException', 403],
  pipes: ['AccessDeniedException', 403],
  'rds-data': ['AccessDeniedException', 403],
  scheduler: ['AccessDeniedException', 403],
};

export type Reason =
  | { readonly kind: 'explicit'; readonly policy: PolicyKind }
  | { readonly kind: 'implicit'; readonly policy: PolicyKind };

export type PolicyKind = 'identity-based policy' | 'resource-based policy' | 'permissions boundary' | 'session policy';

const ARTICLES: Readonly<Record<PolicyKind, string>> = {
  'identity-based policy': 'an',
  'resource-based policy': 'a',
  'permissions boundary': 'a',
  'session policy': 'a',
};

/** `called`: the action that the call itself asks for; passing a role within a call to Lambda is refused in Lambda's way. */
export function denied(caller: string, request: AccessRequest, reason: Reason, called: string): AwsError {
  const [service = ''] = called.split(':');
  const [code, status] = CODES[service] ?? ['AccessDeniedException', 400];
  if (caller === ANONYMOUS) return new AwsError(code, 'Access Denied', status);
  const action = writtenBy(request.action);
  const why =
    reason.kind === 'explicit'
      ? ` with an explicit deny in ${ARTICLES[reason.policy]} ${reason.policy}`
      : ` because no ${reason.policy} allows the ${action} action`;
  // The trust policy's decision is not explained.
  const isTrust = request.action === 'sts:AssumeRole' && reason.kind === 'implicit';
  const message = `User: ${caller} is not authorized to perform: ${action}${on(request)}${isTrust ? '' : why}`;
  return new AwsError(code, message, status);
}

/** SQS writes its actions in lower case, SNS its own name in upper case. */
function writtenBy(action: string): string {
  if (action.startsWith('sqs:')) return action.toLowerCase();
  return action.startsWith('sns:') ? `SNS:${action.slice('sns:'.length)}` : action;
}

function on({ action, resource }: AccessRequest): string {
  if (resource === '*' && !action.startsWith('lambda:')) return '';
  return ` on resource: ${action.startsWith('s3:') ? `"${resource}"` : resource}`;
}
