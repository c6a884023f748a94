import type { ISecurityGroup, IVpc } from 'aws-cdk-lib/aws-ec2';
import { CompositePrincipal, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnNamespace, CfnWorkgroup } from 'aws-cdk-lib/aws-redshiftserverless';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { CfnDeletionPolicy, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledge';
import { DatabaseSecret } from './database-secret';
import { FOUNDATION, HYPHENATED_PREFIX, PREFIX } from './names';
import { protection } from './protection';
import { settingsOf } from './settings';

const ADMIN = 'stepwell_admin';

export interface WarehouseProps {
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
  readonly work: IBucket;
}

/** Redshift Serverless behind the Redshift Data API. Costs storage only while no statement runs. */
export class Warehouse extends Construct {
  readonly workgroupName = HYPHENATED_PREFIX;
  readonly workgroupArn: string;
  readonly database = 'stepwell';
  readonly adminSecretArn: string;
  /** COPY reads staged parts as this role. */
  readonly copyRole: Role;

  constructor(scope: Construct, id: string, { vpc, securityGroup, work }: WarehouseProps) {
    super(scope, id);
    this.copyRole = new Role(this, 'CopyRole', {
      description: 'COPY: reads the parts that runs stage',
      assumedBy: new CompositePrincipal(
        new ServicePrincipal('redshift.amazonaws.com'),
        new ServicePrincipal('redshift-serverless.amazonaws.com'),
      ),
      inlinePolicies: {
        ReadParts: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['s3:GetObject'], resources: [work.arnForObjects('runs/*')] }),
            new PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [work.bucketArn] }),
            new PolicyStatement({
              actions: ['s3:ListBucket'],
              resources: [work.bucketArn],
              conditions: { StringLike: { 's3:prefix': 'runs/*' } },
            }),
          ],
        }),
      },
    });
    acknowledgeWildcard(
      this.copyRole,
      work.arnForObjects('runs/*'),
      'Parts have names that only a run knows; nothing else lies under runs/',
    );

    const { deletionProtection } = protection(this);
    // Not `manageAdminPassword`: CloudFormation does not give out the ARN of the secret that Redshift then makes
    // (aws-cloudformation/cloudformation-coverage-roadmap#2021), and the bootstrap must be granted it.
    const admin = new DatabaseSecret(this, 'Admin', {
      name: `${PREFIX}/${FOUNDATION}/redshift-admin`,
      description: "Redshift's administrator: for the bootstrap and the sweeper",
      username: ADMIN,
      rotation: 'Change the password in the secret and in the namespace together; functions read it anew each time',
      // Both have names: left behind by a first deploy that was rolled back, they would be in the way of the second.
      removalPolicy: deletionProtection ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    }).secret;
    const namespace = new CfnNamespace(this, 'Namespace', {
      namespaceName: HYPHENATED_PREFIX,
      dbName: this.database,
      adminUsername: ADMIN,
      // The template has only `{{resolve:secretsmanager:…}}`, which CloudFormation fills in as it creates the namespace.
      adminUserPassword: admin.secretValueFromJson('password').unsafeUnwrap(),
      iamRoles: [this.copyRole.roleArn],
      defaultIamRoleArn: this.copyRole.roleArn,
      logExports: ['userlog', 'connectionlog', 'useractivitylog'],
    });
    namespace.cfnOptions.deletionPolicy = deletionProtection
      ? CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE
      : CfnDeletionPolicy.DELETE;
    namespace.cfnOptions.updateReplacePolicy = deletionProtection ? CfnDeletionPolicy.RETAIN : CfnDeletionPolicy.DELETE;

    const { redshift: capacity } = settingsOf(this).capacity;
    const workgroup = new CfnWorkgroup(this, 'Workgroup', {
      workgroupName: this.workgroupName,
      namespaceName: namespace.namespaceName,
      baseCapacity: capacity.base,
      maxCapacity: capacity.max,
      enhancedVpcRouting: true,
      publiclyAccessible: false,
      subnetIds: vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
      securityGroupIds: [securityGroup.securityGroupId],
      configParameters: [{ parameterKey: 'require_ssl', parameterValue: 'true' }],
    });
    workgroup.addResourceDependency(namespace);
    this.workgroupArn = workgroup.attrWorkgroupWorkgroupArn;
    this.adminSecretArn = admin.secretArn;
  }
}
