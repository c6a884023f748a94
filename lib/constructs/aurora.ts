import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  AuroraPostgresEngineVersion,
  type CfnDBCluster,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Duration } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcard } from './acknowledge';
import { protection } from './protection';
import { settingsOf } from './settings';

const BACKUP_DAYS = 14;
/** without a call, then it sleeps, unless it has a least capacity */
export const AURORA_PAUSE_MINUTES = 10;

export interface AuroraProps {
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
  readonly work: IBucket;
}

/** Aurora PostgreSQL Serverless v2 behind the RDS Data API. Sleeps, and costs storage only, when nobody has used it for a while. */
export class Aurora extends Construct {
  readonly clusterArn: string;
  readonly database = 'stepwell';
  readonly adminSecretArn: string;
  /** host and port */
  readonly endpoint: readonly [host: string, port: string];

  constructor(scope: Construct, id: string, { vpc, securityGroup, work }: AuroraProps) {
    super(scope, id);
    const { deletionProtection, removalPolicy } = protection(this);
    const importRole = new Role(this, 'ImportRole', {
      description: 'aws_s3.table_import_from_s3: reads the parts that runs stage',
      assumedBy: new ServicePrincipal('rds.amazonaws.com'),
      inlinePolicies: {
        ReadParts: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['s3:GetObject'], resources: [work.arnForObjects('runs/*')] }),
            // The import asks for it as well, by its documentation; it names one object, and no prefix to confine it by.
            new PolicyStatement({ actions: ['s3:ListBucket'], resources: [work.bucketArn] }),
          ],
        }),
      },
    });
    acknowledgeWildcard(
      importRole,
      work.arnForObjects('runs/*'),
      'Parts have names that only a run knows; nothing else lies under runs/',
    );

    const { aurora: capacity } = settingsOf(this).capacity;
    const cluster = new DatabaseCluster(this, 'Cluster', {
      engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_7 }),
      writer: ClusterInstance.serverlessV2('Writer', { publiclyAccessible: false }),
      serverlessV2MinCapacity: capacity.min,
      serverlessV2MaxCapacity: capacity.max,
      // It pauses only where it may go down to nothing.
      ...(capacity.min === 0 ? { serverlessV2AutoPauseDuration: Duration.minutes(AURORA_PAUSE_MINUTES) } : {}),
      vpc,
      vpcSubnets: { subnets: vpc.isolatedSubnets },
      securityGroups: [securityGroup],
      defaultDatabaseName: this.database,
      credentials: Credentials.fromUsername('stepwell_admin'),
      // RDS makes and rotates the password; it never passes through a template.
      manageMasterUserPassword: true,
      enableDataApi: true,
      iamAuthentication: true,
      storageEncrypted: true,
      backup: { retention: Duration.days(BACKUP_DAYS) },
      copyTagsToSnapshot: true,
      cloudwatchLogsExports: ['postgresql'],
      deletionProtection,
      removalPolicy,
    });
    const resource = cluster.node.defaultChild as CfnDBCluster;
    // Set here, as the construct's own `s3ImportRole` would widen the role's policy to a whole bucket.
    resource.associatedRoles = [{ roleArn: importRole.roleArn, featureName: 's3Import' }];
    this.clusterArn = resource.attrDbClusterArn;
    this.adminSecretArn = resource.attrMasterUserSecretSecretArn;
    this.endpoint = [resource.attrEndpointAddress, resource.attrEndpointPort];
    if (!deletionProtection) acknowledge(cluster, { RDS10: 'A trial goes with its stack, data and all' });
    acknowledge(cluster, {
      RDS11:
        'The port hides nothing: the subnets are isolated and the security group lets nobody in; clients use the Data API',
    });
  }
}
