import { identifier, literal, withClient } from './client';
import { DatabaseConflict } from './errors';
import type { PostgresServer } from './server';

export interface AuroraDatabase {
  readonly clusterIdentifier: string;
  readonly databaseName: string;
  readonly masterUser: string;
  readonly masterPassword: string;
}

/** Creates a cluster's database and its master user, or brings the password up to date. */
export async function createAurora(server: PostgresServer, cluster: AuroraDatabase): Promise<void> {
  const { databaseName, masterUser, masterPassword, clusterIdentifier } = cluster;
  await withClient(server.adminUrl(), async (admin) => {
    // As on Aurora the master is no superuser, but may create roles and databases and install trusted extensions.
    await admin.query(`DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_superuser') THEN
        CREATE ROLE rds_superuser NOLOGIN;
        GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO rds_superuser WITH ADMIN OPTION;
      END IF;
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(masterUser)}) THEN
        CREATE ROLE ${identifier(masterUser)};
        GRANT rds_superuser TO ${identifier(masterUser)} WITH ADMIN OPTION;
      END IF;
    END $$`);
    await admin.query(
      `ALTER ROLE ${identifier(masterUser)} LOGIN CREATEDB CREATEROLE PASSWORD ${literal(masterPassword)}`,
    );
    const comment = `Aurora cluster ${clusterIdentifier}`;
    const found = await admin.query<{ comment: string | null }>(
      "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
      [databaseName],
    );
    if (!found.rows[0]) {
      await admin.query(
        `CREATE DATABASE ${identifier(databaseName)} OWNER ${identifier(masterUser)} TEMPLATE template0 ENCODING 'UTF8'`,
      );
    } else if (found.rows[0].comment !== null && found.rows[0].comment !== comment) {
      throw new DatabaseConflict(
        `Cluster ${clusterIdentifier} cannot have a database ${databaseName}: the local PostgreSQL has one already (${found.rows[0].comment}). ` +
          'All local databases share one server, so give them different names.',
      );
    }
    await admin.query(`COMMENT ON DATABASE ${identifier(databaseName)} IS ${literal(comment)}`);
  });
}
