/** Credentials of roles within one running cloud. The wire maps their key back to the role; signatures are not verified. */
import { createHash, randomBytes } from 'node:crypto';
import { AwsError, type Credentials, type Principal } from './service';

export interface CredentialStore {
  issue(roleArn: string, sessionName: string): Credentials;
  /** Throws for a key that an earlier run of the cloud has issued. */
  principalFor(accessKeyId: string | undefined): Principal;
}

/** Tells the cloud's own keys from those of the user's AWS account, which make an administrator here. */
const KEY_PREFIX = 'ASIALOCAL';

export function createCredentialStore(): CredentialStore {
  const issued = new Map<string, Principal>();
  const secret = randomBytes(32);
  const digest = (...parts: string[]) => createHash('sha256').update(secret).update(parts.join('\n')).digest('hex');
  return {
    issue(roleArn, sessionName) {
      const accessKeyId = `${KEY_PREFIX}${digest('key', roleArn, sessionName).slice(0, 11).toUpperCase()}`;
      issued.set(accessKeyId, { kind: 'role', roleArn, sessionName });
      return {
        accessKeyId,
        secretAccessKey: digest('secret', roleArn, sessionName).slice(0, 40),
        sessionToken: digest('token', roleArn, sessionName),
      };
    },
    principalFor(accessKeyId) {
      const principal = accessKeyId === undefined ? undefined : issued.get(accessKeyId);
      if (principal !== undefined) return principal;
      if (accessKeyId?.startsWith(KEY_PREFIX))
        throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired', 403);
      return { kind: 'admin' };
    },
  };
}
