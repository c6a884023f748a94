import { createHash } from 'node:crypto';
import type { CallContext } from '../../service';

export interface Identity {
  readonly arn: string;
  readonly userId: string;
}

export function identityOf({ cloud, principal }: CallContext): Identity {
  if (principal.kind === 'role') return assumedRole(cloud.account, principal.roleArn, principal.sessionName);
  const name = principal.kind === 'service' ? principal.service : 'local';
  return { arn: `arn:aws:iam::${cloud.account}:user/${name}`, userId: idOf('AIDA', name) };
}

/** A role's path is not part of the session's ARN. */
export function assumedRole(account: string, roleArn: string, sessionName: string): Identity {
  const role = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  return {
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${sessionName}`,
    userId: `${idOf('AROA', roleArn)}:${sessionName}`,
  };
}

const idOf = (prefix: string, text: string) =>
  `${prefix}${createHash('sha256').update(text).digest('hex').slice(0, 17).toUpperCase()}`;
