import type { Client } from 'pg';
import { identifier, literal, withClient } from '../postgres/client';
import { DatabaseConflict } from '../postgres/errors';
import type { PostgresServer } from '../postgres/server';
import { CATALOG_SCHEMA, CATALOG_VERSION, INSTALL_CATALOG } from './catalog';
import { databaseName, roleIdentifier, roleName } from './names';
import { TEMPLATE } from './template';
import { USERS_ROLE } from './users-role';

export interface RedshiftDatabase {
  readonly namespace: string;
  readonly dbName: string;
  readonly adminUser: string;
  readonly adminPassword: string;
}

/** Creates a namespace's database and its admin, or brings the password up to date. */
export async function createRedshift(server: PostgresServer, redshift: RedshiftDatabase): Promise<void> {
  const { namespace, dbName, adminUser, adminPassword } = redshift;
  const database = databaseName(dbName);
  await withClient(server.adminUrl(), async (admin) => {
    await createUsersRole(admin);
    await createRole(admin, adminUser);
    // Redshift's admin is a superuser of its databases: grants do not bind it.
    await admin.query(`ALTER ROLE ${roleIdentifier(adminUser)} LOGIN SUPERUSER PASSWORD ${literal(adminPassword)}`);
    const comment = `Redshift namespace ${namespace}`;
    const found = await admin.query<{ comment: string | null }>(
      "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
      [database],
    );
    if (!found.rows[0]) {
      const prepared = await admin.query('SELECT FROM pg_database WHERE datname = $1', [TEMPLATE]);
      await admin.query(
        `CREATE DATABASE ${identifier(database)} OWNER ${roleIdentifier(adminUser)} TEMPLATE ${prepared.rowCount ? TEMPLATE : 'template0'} ENCODING 'UTF8'`,
      );
    } else if (found.rows[0].comment !== null && found.rows[0].comment !== comment) {
      throw new DatabaseConflict(
        `Namespace ${namespace} cannot have a database ${dbName}: there is one already (${found.rows[0].comment}). Give them different names.`,
      );
    }
    await admin.query(`COMMENT ON DATABASE ${identifier(database)} IS ${literal(comment)}`);
    await admin.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${identifier(database)} FROM PUBLIC`);
    await admin.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${identifier(database)} TO "${USERS_ROLE}"`);
    // SNAPSHOT, the default of Redshift Serverless: the first statement that reads takes it.
    await admin.query(`ALTER DATABASE ${identifier(database)} SET default_transaction_isolation = 'repeatable read'`);
    // Who comes with psql, past the dialect, finds at least the functions and views.
    await admin.query(`ALTER DATABASE ${identifier(database)} SET search_path = "$user", public, ${CATALOG_SCHEMA}`);
  });
  await withClient(server.adminUrl(database), installCatalog);
}

/** Creates the user of an IAM identity at its first call, without grants, as Redshift does. */
export async function ensureUser(server: PostgresServer, user: string): Promise<void> {
  await withClient(server.adminUrl(), async (admin) => {
    await createUsersRole(admin);
    await createRole(admin, user);
    await admin.query(`ALTER ROLE ${roleIdentifier(user)} LOGIN`);
  });
}

async function createUsersRole(admin: Client): Promise<void> {
  await admin.query(`DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(USERS_ROLE)}) THEN CREATE ROLE ${identifier(USERS_ROLE)} NOLOGIN; END IF;
  END $$`);
}

async function createRole(admin: Client, user: string): Promise<void> {
  await admin.query(`DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(roleName(user))}) THEN
      CREATE ROLE ${roleIdentifier(user)} IN ROLE ${identifier(USERS_ROLE)};
    END IF;
  EXCEPTION WHEN unique_violation OR duplicate_object THEN NULL;
  END $$`);
}

async function installCatalog(admin: Client): Promise<void> {
  const { rows } = await admin.query<{ version: string | null }>(
    "SELECT obj_description(oid, 'pg_namespace') AS version FROM pg_namespace WHERE nspname = $1",
    [CATALOG_SCHEMA],
  );
  if (rows[0]?.version !== CATALOG_VERSION) await admin.query(INSTALL_CATALOG);
}
