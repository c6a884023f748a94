import type { RDSDataClient } from '@aws-sdk/client-rds-data';
import type { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod/mini';
import { readTable } from '../../lib/tasks/rebuild';
import { DatabaseRefused } from './errors';
import { findPostgresRole, postgresStatements } from './postgres-statements';
import type { Login, Properties } from './properties';
import { findRedshiftUser, redshiftStatements } from './redshift-statements';
import { runOnPostgres } from './run-on-postgres';
import { runOnRedshift } from './run-on-redshift';

export interface BootstrapServices {
  readonly secrets: SecretsManagerClient;
  readonly rdsData: RDSDataClient;
  readonly redshiftData: RedshiftDataClient;
  readonly sleep: (ms: number) => Promise<void>;
}

/** Creates the pipeline's user, its schemas and its grants, or brings them up to date. Returns the user's name. */
export async function bootstrap(properties: Properties, services: BootstrapServices): Promise<string> {
  const login = await readLogin(services.secrets, properties.UserSecretArn);
  const { Pipeline: pipeline, Schemas: schemas } = properties;
  if (properties.Engine === 'redshift') {
    const target = {
      client: services.redshiftData,
      target: {
        workgroup: properties.WorkgroupName,
        database: properties.Database,
        secretArn: properties.AdminSecretArn,
      },
    };
    const found = await runOnRedshift(target, [findRedshiftUser(login.username)], services.sleep);
    const statements = redshiftStatements({ pipeline, login, userExists: found.length > 0, schemas });
    await runOnRedshift(target, statements, services.sleep);
  } else {
    const postgres = {
      client: services.rdsData,
      clusterArn: properties.ClusterArn,
      database: properties.Database,
      secretArn: properties.AdminSecretArn,
    };
    const found = await runOnPostgres(postgres, [findPostgresRole(login.username)], services.sleep);
    const reads = z.parse(z.array(readTable), JSON.parse(properties.Reads ?? '[]'));
    const statements = postgresStatements({ pipeline, login, roleExists: found.length > 0, schemas, reads });
    await runOnPostgres(postgres, statements, services.sleep);
  }
  return login.username;
}

async function readLogin(secrets: SecretsManagerClient, arn: string): Promise<Login> {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }));
  const { username, password } = JSON.parse(SecretString) as Partial<Login>;
  if (!username || !password) {
    throw new DatabaseRefused(`The secret ${arn} must be a JSON object with "username" and "password".`);
  }
  return { username, password };
}
