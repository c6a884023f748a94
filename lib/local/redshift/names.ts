import { createHash } from 'node:crypto';
import { identifier } from '../postgres/client';
import { UnsupportedLocally } from './errors';

/**
 * Redshift's users are apart from Aurora's, but all roles of a PostgreSQL server are shared by its databases, and a pipeline has a user of the
 * same name in both. So a Redshift user `x` is the role `redshift_x`, and a Redshift database likewise; the dialect hides it.
 */
const PREFIX = 'redshift_';

/** PostgreSQL's limit; Redshift allows 127 bytes. */
const MAX_NAME_BYTES = 63;

export function roleName(user: string): string {
  const name = PREFIX + user;
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  // E.g. IAMR: with a long role name.
  return `${name.slice(0, MAX_NAME_BYTES - 17)}_${createHash('sha256').update(user).digest('hex').slice(0, 16)}`;
}

export const roleIdentifier = (user: string) => identifier(roleName(user));

export const databaseName = (database: string) => PREFIX + database;

/** Error texts and views show the users' own names. */
export function withoutPrefix(text: string): string {
  return text.replace(/\brole "redshift_([^"]*)"/g, 'user "$1"').replaceAll(`"${PREFIX}`, '"');
}

/** The name that an SQL word or quoted name stands for: Redshift folds both to lower case (enable_case_sensitive_identifier is off). */
export function foldedName(text: string): string {
  const name = (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text).toLowerCase();
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new UnsupportedLocally(
      `names of more than ${MAX_NAME_BYTES} bytes (PostgreSQL's limit; Redshift's is 127): "${name}"`,
    );
  }
  return name;
}
