/** The ARNs and ids by which IAM speaks of callers. */
import { createHash } from 'node:crypto';
import type { Principal } from '../service';

export interface Identity {
  readonly arn: string;
  readonly userId: string;
}

/** The user's own calls are this user's, who is an administrator. */
const USER_NAME = 'local';
export const ANONYMOUS = 'anonymous';

export function identityOf(principal: Principal, account: string): Identity {
  if (principal.kind === 'role') return assumedRole(account, principal.roleArn, principal.sessionName);
  if (principal.kind === 'anonymous') return { arn: ANONYMOUS, userId: ANONYMOUS };
  if (principal.kind === 'service') return { arn: principal.service, userId: principal.service };
  return { arn: `arn:aws:iam::${account}:user/${USER_NAME}`, userId: idOf('AIDA', USER_NAME) };
}

/** A role's path is not part of the session's ARN. */
export function assumedRole(account: string, roleArn: string, sessionName: string): Identity {
  const role = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return {
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${sessionName}`,
    userId: `${roleIdOf(roleArn)}:${sessionName}`,
  };
}

export const roleIdOf = (roleArn: string): string => idOf('AROA', roleArn);

const ids = new Map<string, string>();

function idOf(prefix: string, text: string): string {
  const key = `${prefix} ${text}`;
  let id = ids.get(key);
  if (id === undefined) {
    id = `${prefix}${createHash('sha256').update(text).digest('hex').slice(0, 17).toUpperCase()}`;
    ids.set(key, id);
  }
  return id;
}
