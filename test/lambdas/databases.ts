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
export async function startPostgresCloud({ callLimitMs }: { callLimitMs?: number } = {}): Promise<PostgresCloud> {
  let server: PostgresServer | undefined;
  let rds: RdsDataService | undefined;
  const cloud = await startLambdaCloud(async (stateDir) => {
    server = await startPostgres({ stateDir });
    rds = createRdsDataService({
      postgres: server,
      limits: callLimitMs === undefined ? {} : { statementMs: callLimitMs },
    });
    return [createSecretsManagerService(), rds];
  });
  await rds!.registerCluster({
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
  const admin = {
    ...common,
    secretArn: await secret('admin', { username: 'stepwell_admin', password: 'adminPassword1' }),
  };
  const postgres = { ...common, secretArn: await secret('pipeline', LOGIN) };

  const found = await runOnPostgres(admin, [findPostgresRole(LOGIN.username)], noSleep);
  await runOnPostgres(
    admin,
    postgresStatements({ pipeline: 'orders', login: LOGIN, roleExists: found.length > 0, schemas: ['shop'] }),
    noSleep,
  );
  return {
    ...cloud,
    server: server!,
    rdsData,
    secrets,
    postgres,
    admin,
    async query(sql) {
      const client = new Client({ connectionString: server!.adminUrl('stepwell') });
      await client.connect();
      try {
        const { rows } = await client.query({
          text: sql,
          rowMode: 'array',
          types: { getTypeParser: () => (value: string) => value } as never,
        });
        return rows;
      } finally {
        await client.end();
      }
    },
    async putCsv(key, text) {
      await cloud.s3.send(
        new PutObjectCommand({ Bucket: 'work', Key: key, Body: gzipSync(text), ContentEncoding: 'gzip' }),
      );
    },
    async close() {
      await cloud.close();
      await server!.stop();
    },
  };
}
