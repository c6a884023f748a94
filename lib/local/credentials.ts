/** Credentials of roles within one running cloud. The wire maps their key back to the role; signatures are not verified. */
import { createHash, randomBytes } from 'node:crypto';
import { AwsError, type Credentials, type IssuedSession, type Principal } from './service';

export interface CredentialStore {
  issue(roleArn: string, sessionName: string, session?: IssuedSession): Credentials;
  /** Nobody, for a request that is not signed. Throws for a key that has expired or that an earlier run of the cloud has issued. */
  principalFor(accessKeyId: string | undefined): Principal;
}

interface Issued {
  readonly principal: Principal;
  readonly expiresAt?: number;
}

/** Tells the cloud's own keys from those of the user's AWS account, which make an administrator here. */
const KEY_PREFIX = 'ASIALOCAL';
const MAX_ISSUED = 100_000;

export function createCredentialStore(now: () => number): CredentialStore {
  const issued = new Map<string, Issued>();
  const secret = randomBytes(32);
  const digest = (...parts: string[]) => createHash('sha256').update(secret).update(parts.join('\n')).digest('hex');

  const forgetExpired = () => {
    const time = now();
    for (const [key, { expiresAt = Number.POSITIVE_INFINITY }] of issued) if (expiresAt <= time) issued.delete(key);
  };

  return {
    issue(roleArn, sessionName, given) {
      const { expiresAt, ...session } = given ?? {};
      // The same for every process of a function; of its own for every session that was asked for.
      const nonce = given === undefined ? '' : randomBytes(16).toString('hex');
      const accessKeyId = `${KEY_PREFIX}${digest('key', roleArn, sessionName, nonce).slice(0, 11).toUpperCase()}`;
      if (issued.size >= MAX_ISSUED) forgetExpired();
      issued.set(accessKeyId, {
        principal: { kind: 'role', roleArn, sessionName, ...(given === undefined ? {} : { session }) },
        ...(expiresAt === undefined ? {} : { expiresAt }),
      });
      return {
        accessKeyId,
        secretAccessKey: digest('secret', roleArn, sessionName, nonce).slice(0, 40),
        sessionToken: digest('token', roleArn, sessionName, nonce),
      };
    },
    principalFor(accessKeyId) {
      if (accessKeyId === undefined) return { kind: 'anonymous' };
      const known = issued.get(accessKeyId);
      if (known !== undefined && (known.expiresAt === undefined || known.expiresAt > now())) return known.principal;
      if (known !== undefined || accessKeyId.startsWith(KEY_PREFIX))
        throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired', 403);
      return { kind: 'admin' };
    },
  };
}
