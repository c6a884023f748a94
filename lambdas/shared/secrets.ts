/** Secrets of sources, read at run time: a rotated one is read again when a login is refused. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SourceRefused } from '../../lib/tasks/errors';
import { secretId } from './secret-id';

export type Secret = Readonly<Record<string, unknown>>;

export interface Secrets {
  /** `fresh`: past the cache, since the login with the last one was refused. @throws {SourceRefused} */
  read(name: string, options?: { readonly fresh?: boolean }): Promise<Secret>;
}

const CACHED_MS = 5 * 60_000;

export function openSecrets(client: SecretsManagerClient, now: () => number = Date.now): Secrets {
  const cached = new Map<string, { readonly secret: Secret; readonly until: number }>();
  return {
    async read(name, { fresh = false } = {}) {
      const known = cached.get(name);
      if (!fresh && known && known.until > now()) return known.secret;
      const secret = await get(client, name);
      cached.set(name, { secret, until: now() + CACHED_MS });
      return secret;
    },
  };
}

/** The text member of a secret. @throws {SourceRefused} naming what is missing, never what is there */
export function memberOf(secret: Secret, name: string, member: string): string {
  const value = secret[member];
  if (typeof value === 'string' && value !== '') return value;
  throw new SourceRefused(
    `The secret ${secretId(name)} has no ${member}. Set it: aws secretsmanager put-secret-value --secret-id ${secretId(name)} --secret-string '{"${member}": "…"}'.`,
  );
}

async function get(client: SecretsManagerClient, name: string): Promise<Secret> {
  let text: string | undefined;
  try {
    ({ SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: secretId(name) })));
  } catch (error) {
    if ((error as Error).name !== 'ResourceNotFoundException') throw error;
    throw new SourceRefused(
      `There is no secret ${secretId(name)}. Create it: aws secretsmanager create-secret --name ${secretId(name)} --secret-string '{…}'.`,
      { cause: error },
    );
  }
  try {
    const secret: unknown = JSON.parse(text ?? '');
    if (typeof secret === 'object' && secret !== null && !Array.isArray(secret)) return secret as Secret;
  } catch {
    // The parser's message would quote the secret.
  }
  throw new SourceRefused(`The secret ${secretId(name)} is not a JSON object. Set it to one, as {"member": "value"}.`);
}
