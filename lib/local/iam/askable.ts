import type { CallContext, CloudContext, Service } from '../service';

/** IAM's name of a service where it is not the one that requests are signed with. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** Asked only of requests that name a version, a role or a tag. */
const ASKED_AT_TIMES = [
  'iam:PassRole',
  's3:DeleteObjectVersion',
  's3:GetObjectVersion',
  's3:GetObjectVersionTagging',
  'sts:SetSourceIdentity',
  'sts:TagSession',
];

/** Every action that the services ask IAM about: what they ask for an empty request, or the operation's own name. */
export function actionsOf(services: Iterable<Service>, cloud: CloudContext): ReadonlySet<string> {
  const actions = new Set(ASKED_AT_TIMES);
  const context: CallContext = { cloud, principal: { kind: 'admin' }, requestId: '' };
  for (const { name: service, operations } of services) {
    for (const [name, operation] of Object.entries(operations)) {
      try {
        for (const { action } of operation.authorize({}, context)) actions.add(action);
      } catch {
        // It does not answer for a request that lacks what it needs.
        actions.add(`${PREFIXES[service] ?? service}:${name}`);
      }
    }
  }
  return actions;
}
