import { CustomResource, Duration, Tags } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { CompiledPipeline } from '../compiler/types';
import type { Aurora } from './aurora';
import type { Bootstrap } from './bootstrap';
import { DatabaseSecret } from './database-secret';
import { databaseSecretName, databaseUser } from './names';
import type { Warehouse } from './warehouse';

interface DatabaseUserProps {
  readonly pipeline: string;
  /** target schemas, where the user may create tables */
  readonly schemas: readonly string[];
  /** tables of other pipelines, which the user may read */
  readonly reads?: NonNullable<CompiledPipeline['postgres']>['reads'];
  readonly bootstrap: Bootstrap;
  /** which database, and how its administrator gets in */
  readonly connection: Readonly<Record<string, string>> & { readonly Engine: 'redshift' | 'postgres' };
}

const TIMEOUT = Duration.minutes(15);

/**
 * The pipeline's user in one database, with its own schema for staging tables and the load ledger. All of the pipeline's
 * functions connect as this user: what one of them creates, another can use.
 */
export class DatabaseUser extends Construct {
  readonly secretArn: string;

  static redshift(scope: Construct, warehouse: Warehouse, props: Omit<DatabaseUserProps, 'connection'>): DatabaseUser {
    const { workgroupName, database, adminSecretArn } = warehouse;
    const user = new DatabaseUser(scope, 'RedshiftUser', {
      ...props,
      connection: {
        Engine: 'redshift',
        WorkgroupName: workgroupName,
        Database: database,
        AdminSecretArn: adminSecretArn,
      },
    });
    // By this tag AWS's own policies for the Data API let people use it as well.
    Tags.of(user).add('RedshiftDataFullAccess', 'true');
    return user;
  }

  static postgres(scope: Construct, aurora: Aurora, props: Omit<DatabaseUserProps, 'connection'>): DatabaseUser {
    const { clusterArn, database, adminSecretArn } = aurora;
    return new DatabaseUser(scope, 'PostgresUser', {
      ...props,
      connection: { Engine: 'postgres', ClusterArn: clusterArn, Database: database, AdminSecretArn: adminSecretArn },
    });
  }

  private constructor(
    scope: Construct,
    id: string,
    { pipeline, schemas, reads, bootstrap, connection }: DatabaseUserProps,
  ) {
    super(scope, id);
    const { secret } = new DatabaseSecret(this, 'Login', {
      name: databaseSecretName(pipeline, connection.Engine),
      description: `The pipeline ${pipeline} in ${connection.Engine}`,
      username: databaseUser(pipeline),
      rotation: 'Change it in the secret and deploy: the bootstrap gives the user the password that the secret holds',
    });
    this.secretArn = secret.secretArn;
    new CustomResource(this, 'User', {
      resourceType: 'Custom::StepwellDatabaseUser',
      serviceToken: bootstrap.functionArn,
      serviceTimeout: TIMEOUT,
      properties: {
        ...connection,
        Pipeline: pipeline,
        UserSecretArn: secret.secretArn,
        Schemas: schemas,
        ...(reads && { Reads: JSON.stringify(reads) }),
        Version: bootstrap.version,
      },
    });
  }
}
