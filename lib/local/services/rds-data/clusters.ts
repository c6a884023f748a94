import { join } from 'node:path';
import { type AuroraDatabase, createAurora } from '../../postgres/aurora';
import type { PostgresServer } from '../../postgres/server';
import type { CloudContext } from '../../service';
import { readJson, writeJson } from '../../store';
import { badRequest, databaseResuming } from './errors';

export interface Cluster {
  readonly clusterIdentifier: string;
  readonly databaseName: string;
  readonly masterUser: string;
  /** Roles that the cluster may use to read S3 (feature `s3Import`). */
  readonly s3ImportRoles: readonly string[];
  /** `EnableHttpEndpoint` */
  readonly httpEndpoint: boolean;
}

export interface ClusterRegistration extends AuroraDatabase {
  readonly s3ImportRoles?: readonly string[];
  readonly httpEndpoint?: boolean;
}

export interface Clusters {
  register(registration: ClusterRegistration): Promise<Cluster>;
  addImportRole(clusterIdentifier: string, roleArn: string): Promise<void>;
  list(): readonly Cluster[];
  byIdentifier(clusterIdentifier: string): Cluster | undefined;
  /** The cluster that a call is for; refuses as the Data API does while the cluster sleeps. */
  serving(resourceArn: string | undefined): Cluster;
  ofDatabase(databaseName: string): Cluster | undefined;
  /** Auto-pause: the next `calls` calls are told that the cluster is resuming. */
  pause(clusterIdentifier: string, calls: number): void;
}

export async function openClusters(cloud: CloudContext, folder: string, postgres: PostgresServer): Promise<Clusters> {
  const file = join(folder, 'clusters.json');
  const clusters = new Map(
    ((await readJson<Cluster[]>(file)) ?? []).map((cluster) => [cluster.clusterIdentifier, cluster]),
  );
  const resuming = new Map<string, number>();
  const arnOf = (identifier: string) => `arn:aws:rds:${cloud.region}:${cloud.account}:cluster:${identifier}`;

  async function put(cluster: Cluster): Promise<Cluster> {
    clusters.set(cluster.clusterIdentifier, cluster);
    await writeJson(file, [...clusters.values()]);
    return cluster;
  }

  return {
    async register({ masterPassword, s3ImportRoles = [], httpEndpoint = true, ...cluster }) {
      await createAurora(postgres, { ...cluster, masterPassword });
      const { clusterIdentifier, databaseName, masterUser } = cluster;
      return put({ clusterIdentifier, databaseName, masterUser, s3ImportRoles, httpEndpoint });
    },

    async addImportRole(clusterIdentifier, roleArn) {
      const cluster = clusters.get(clusterIdentifier);
      if (!cluster) throw badRequest(`DBCluster ${clusterIdentifier} not found`);
      if (!cluster.s3ImportRoles.includes(roleArn))
        await put({ ...cluster, s3ImportRoles: [...cluster.s3ImportRoles, roleArn] });
    },

    list: () => [...clusters.values()],
    byIdentifier: (identifier) => clusters.get(identifier),

    serving(resourceArn) {
      const cluster = [...clusters.values()].find(({ clusterIdentifier }) => arnOf(clusterIdentifier) === resourceArn);
      if (!cluster)
        throw badRequest(`HttpEndpoint is not enabled for resource ${resourceArn}. There is no such cluster here.`);
      if (!cluster.httpEndpoint) throw badRequest(`HttpEndpoint is not enabled for resource ${resourceArn}.`);
      const left = resuming.get(cluster.clusterIdentifier) ?? 0;
      if (left > 0) {
        resuming.set(cluster.clusterIdentifier, left - 1);
        throw databaseResuming(cluster.clusterIdentifier);
      }
      return cluster;
    },

    ofDatabase: (databaseName) => [...clusters.values()].find((cluster) => cluster.databaseName === databaseName),
    pause: (clusterIdentifier, calls) => void resuming.set(clusterIdentifier, calls),
  };
}
