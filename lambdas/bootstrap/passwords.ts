/**
 * Passwords as their databases keep them. The Data APIs log the text of statements, so a password never stands in one; what stands
 * there cannot be turned back into it.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const ITERATIONS = 4096;

/**
 * PostgreSQL's SCRAM verifier (RFC 5803). The password must be ASCII, which needs no SASLprep; generated ones are.
 *
 * @example scramVerifier('secret') // 'SCRAM-SHA-256$4096:…$…:…'
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[\x20-\x7e]+$/.test(password))
    throw new TypeError("The user's password must be of printable ASCII characters.");
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`;
}

/** Redshift's MD5 form, `md5` and the digest of password and user name. Its SHA-256 form leaves open in which order salt and password go. */
export function md5Password(username: string, password: string): string {
  return `md5${createHash('md5').update(password).update(username).digest('hex')}`;
}
