import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { identifier, literal, withClient } from '../../postgres/client';
import type { PostgresServer } from '../../postgres/server';
import { ensureUser } from '../../redshift/database';
import { isDatabaseError } from '../../redshift/errors';
import { databaseName, roleName } from '../../redshift/names';

/** Who a statement runs as: a user with its password (from a secret), or the user of an IAM identity. */
export type Credentials =
  | { readonly user: string; readonly password: string }
  /** created at the first call, without grants */
  | { readonly user: string; readonly iam: true };

/** A session of its own for each statement, as in the Data API. */
export async function connect(postgres: PostgresServer, database: string, credentials: Credentials): Promise<Client> {
  const role = roleName(credentials.user);
  if ('iam' in credentials) {
    await ensureUser(postgres, credentials.user);
    const client = await open(postgres.adminUrl(databaseName(database)));
    await client.query(`SET SESSION AUTHORIZATION ${identifier(role)}`);
    return client;
  }
  const url = postgres.url(role, credentials.password, databaseName(database));
  try {
    return await open(url);
  } catch (error) {
    if (!isDatabaseError(error) || error.code !== '28P01') throw error;
    await adoptOnce(postgres, credentials);
    return open(url);
  }
}

async function open(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Statements that log in side by side as one user wait for the same adoption; whether it helped the next login tells. */
const adopting = new Map<string, Promise<void>>();

function adoptOnce(postgres: PostgresServer, credentials: { user: string; password: string }): Promise<void> {
  const key = `${postgres.port}:${credentials.user}`;
  const running = adopting.get(key) ?? adoptPassword(postgres, credentials).finally(() => adopting.delete(key));
  adopting.set(key, running);
  return running;
}

/**
 * A password that was given as Redshift's MD5 hash contains the user's own name, and the role has another one, so PostgreSQL cannot check it.
 * It is checked here at the first login, and the role gets the password itself: from then on psql can log in with it, too.
 */
async function adoptPassword(
  postgres: PostgresServer,
  { user, password }: { user: string; password: string },
): Promise<void> {
  const hash = `md5${createHash('md5')
    .update(password + user)
    .digest('hex')}`;
  await withClient(postgres.adminUrl(), async (admin) => {
    const { rowCount } = await admin.query('SELECT FROM pg_authid WHERE rolname = $1 AND rolpassword = $2', [
      roleName(user),
      hash,
    ]);
    if (rowCount) await admin.query(`ALTER ROLE ${identifier(roleName(user))} PASSWORD ${literal(password)}`);
  });
}
