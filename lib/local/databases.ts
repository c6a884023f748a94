/** What the templates say about databases, handed to the services that keep them, and how to reach them with `psql`. */

import type { PostgresServer } from './postgres/server';
import { databaseName, roleName } from './redshift/names';
import type { RdsDataService } from './services/rds-data';
import type { RedshiftDataService } from './services/redshift-data';
import type { Databases } from './template';

export interface LocalDatabases extends Databases {
  /** `aurora`, `redshift` (a second one of a kind has its identifier behind it) → connection string as the administrator */
  connectionStrings(): Record<string, string>;
}

export function createDatabases(
  postgres: PostgresServer,
  rdsData: RdsDataService,
  redshiftData: RedshiftDataService,
): LocalDatabases {
  const urls = new Map<string, string>();
  const remember = (kind: string, identifier: string, url: string): void => {
    const taken = [...urls.entries()].find(([key, known]) => key === kind && known !== url);
    urls.set(taken === undefined ? kind : `${kind}:${identifier}`, url);
  };
  return {
    port: postgres.port,
    async registerCluster(cluster) {
      await rdsData.registerCluster(cluster);
      remember(
        'aurora',
        cluster.clusterIdentifier,
        postgres.url(cluster.masterUser, cluster.masterPassword, cluster.databaseName),
      );
    },
    async registerNamespace(namespace) {
      await redshiftData.registerNamespace(namespace);
      const { adminUser, adminPassword, dbName } = namespace;
      remember('redshift', namespace.namespace, postgres.url(roleName(adminUser), adminPassword, databaseName(dbName)));
    },
    async registerWorkgroup(workgroup) {
      await redshiftData.registerWorkgroup(workgroup);
    },
    connectionStrings: () => Object.fromEntries([...urls].sort()),
  };
}
