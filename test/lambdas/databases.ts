/** The lambdas' cloud with the real PostgreSQL behind the Data APIs, and a pipeline's user in it, made by the real bootstrap. */
import { gzipSync } from 'node:zlib';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { Client } from 'pg';
import { findPostgresRole, postgresStatements } from '../../lambdas/bootstrap/postgres-statements';
import { runOnPostgres } from '../../lambdas/bootstrap/run-on-postgres';
import type { Postgres } from '../../lambdas/shared/postgres';
import { type PostgresServer, startPostgres } from '../../lib/local/postgres/server';
import type { Service } from '../../lib/local/service';
import { createRdsDataService, type RdsDataService } from '../../lib/local/services/rds-data';
import { createSecretsManagerService } from '../../lib/local/services/secretsmanager';
import { type LambdaCloud, startLambdaCloud } from './cloud';

export const CLUSTER = 'arn:aws:rds:us-east-1:000000000000:cluster:stepwell';
const IMPORT_ROLE = 'arn:aws:iam::000000000000:role/aurora-import';
export const LOGIN = { username: 'stepwell_orders', password: 'pipelinePassword1' };

export interface PostgresCloud extends LambdaCloud {
  readonly server: PostgresServer;
  readonly rdsData: RDSDataClient;
  readonly secrets: SecretsManagerClient;
  /** ARNs of the administrator's and the pipeline's logins, which both databases share here */
  readonly adminSecret: string;
  readonly userSecret: string;
  /** as the pipeline's user, and as the administrator */
  readonly postgres: Postgres;
  readonly admin: Postgres;
  /** SQL as the superuser; rows as arrays of texts. */
  query(sql: string): Promise<(string | null)[][]>;
  /** Puts a staged CSV part, gzipped, into the work bucket. */
  putCsv(key: string, text: string): Promise<void>;
}

export const noSleep = async () => {};

/** `callLimitMs`: how long the Data API waits for a statement (45 s on AWS). */
export async function startPostgresCloud(options: { callLimitMs?: number } = {}): Promise<PostgresCloud> {
  const { services, connect } = await postgresServices(options);
  return connect(await startLambdaCloud(services));
}

/** The services, and what is to be done once they run: so that a test can have other services beside them. */
export async function postgresServices({ callLimitMs }: { callLimitMs?: number } = {}) {
  let server: PostgresServer | undefined;
  let rds: RdsDataService | undefined;
  return {
    services: async (stateDir: string): Promise<Service[]> => {
      server = await startPostgres({ stateDir });
      rds = createRdsDataService({
        postgres: server,
        limits: callLimitMs === undefined ? {} : { statementMs: callLimitMs },
      });
      return [createSecretsManagerService(), rds];
    },
    server: () => server!,
    connect: (cloud: LambdaCloud) => connectPostgres(cloud, server!, rds!),
  };
}

async function connectPostgres(
  cloud: LambdaCloud,
  server: PostgresServer,
  rds: RdsDataService,
): Promise<PostgresCloud> {
  await rds.registerCluster({
    clusterIdentifier: 'stepwell',
    databaseName: 'stepwell',
    masterUser: 'stepwell_admin',
    masterPassword: 'adminPassword1',
    s3ImportRoles: [IMPORT_ROLE],
  });
  const secrets = new SecretsManagerClient(cloud.settings);
  const secret = async (name: string, login: object) => {
    const { ARN } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: JSON.stringify(login) }));
    return ARN!;
  };
  const rdsData = new RDSDataClient(cloud.settings);
  const common = { client: rdsData, clusterArn: CLUSTER, database: 'stepwell' };
  const adminSecret = await secret('admin', { username: 'stepwell_admin', password: 'adminPassword1' });
  const admin = { ...common, secretArn: adminSecret };
  const userSecret = await secret('pipeline', LOGIN);
  const postgres = { ...common, secretArn: userSecret };
  const found = await runOnPostgres(admin, [findPostgresRole(LOGIN.username)], noSleep);
  await runOnPostgres(
    admin,
    postgresStatements({ pipeline: 'orders', login: LOGIN, roleExists: found.length > 0, schemas: ['shop'] }),
    noSleep,
  );
  return {
    ...cloud,
    server,
    rdsData,
    secrets,
    adminSecret,
    userSecret,
    postgres,
    admin,
    async query(sql) {
      return withSession(server.adminUrl('stepwell'), async (client) => {
        const { rows } = await client.query({
          text: sql,
          rowMode: 'array',
          types: { getTypeParser: () => (value: string) => value } as never,
        });
        return rows;
      });
    },
    async putCsv(key, text) {
      await cloud.s3.send(
        new PutObjectCommand({ Bucket: 'work', Key: key, Body: gzipSync(text), ContentEncoding: 'gzip' }),
      );
    },
    async close() {
      await cloud.close();
      await server.stop();
    },
  };
}

/** A session of the superuser, e.g. to hold a lock. */
export async function withSession<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
