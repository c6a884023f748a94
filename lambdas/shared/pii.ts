/** Masks and hashes personal data. The key stays in memory; what it was made of is never written. */
import { createHmac, createSecretKey } from 'node:crypto';
import type { ContractColumn } from '../../lib/tasks/common';
import { SourceRefused } from '../../lib/tasks/errors';
import { MASK } from '../../lib/tasks/pii';
import { secretId } from './secret-id';
import type { Secrets } from './secrets';

/** `text`: the value in the one spelling that the contract's type has for it. */
export type Protect = (text: string) => string;

export interface Protection {
  /** Undefined for a column that is none. */
  of(column: Pick<ContractColumn, 'pii'>): Protect | undefined;
}

export interface Protected {
  readonly columns: readonly ContractColumn[];
  /** name of the secret with the key, where a column is hashed */
  readonly piiSecret?: string | undefined;
}

export const hasPii = (columns: readonly Pick<ContractColumn, 'pii'>[]): boolean =>
  columns.some(({ pii }) => pii !== undefined);

/** A key of fewer bits than the hash could be guessed from a few values that are known. */
const LEAST_KEY_CHARACTERS = 32;

/** Reads the key if a column is hashed. @throws {SourceRefused} */
export async function openProtection({ columns, piiSecret }: Protected, secrets: () => Secrets): Promise<Protection> {
  const hashes = columns.some(({ pii }) => pii === 'hash');
  const hash = hashes ? hashBy(await keyIn(piiSecret ?? '', secrets())) : undefined;
  return { of: ({ pii }) => (pii === 'mask' ? mask : pii === 'hash' ? hash : undefined) };
}

const mask: Protect = () => MASK;

function hashBy(key: string): Protect {
  const secret = createSecretKey(key, 'utf8');
  return (text) => createHmac('sha256', secret).update(text).digest('hex');
}

async function keyIn(name: string, secrets: Secrets): Promise<string> {
  const remedy = (verb: string, option: string) =>
    `aws secretsmanager ${verb} ${option} ${secretId(name)} --secret-string '{"key":"…"}', with 64 random characters for the key (openssl rand -hex 32), and keep it: with another one the same values get other hashes.`;
  let key: unknown;
  try {
    ({ key } = await secrets.read(name));
  } catch (error) {
    if (!(error instanceof SourceRefused) || !error.message.startsWith('There is no secret')) throw error;
    throw new SourceRefused(
      `There is no secret ${secretId(name)}, whose key hashes the columns that are pii('hash'). Create it: ${remedy('create-secret', '--name')}`,
      { cause: error },
    );
  }
  if (typeof key === 'string' && key.length >= LEAST_KEY_CHARACTERS) return key;
  throw new SourceRefused(
    `The secret ${secretId(name)} has no key of at least ${LEAST_KEY_CHARACTERS} characters, which hashes the columns that are pii('hash'). Set it: ${remedy('put-secret-value', '--secret-id')}`,
  );
}
