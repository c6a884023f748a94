import { CfnVPCEndpoint, Peer, Port, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnOutput, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';

/** A VPC that is there. */
export interface SourceVpc {
  readonly vpcId: string;
  /** where the functions of sources run */
  readonly subnetIds: string[];
  /** of those subnets: S3 is reached through them */
  readonly routeTableIds: string[];
  /** of the databases */
  readonly ports: readonly number[];
}

/**
 * What functions need that read databases in a VPC that is there: a security group of their own, and ways to S3 and Secrets Manager
 * that need no internet. One for each VPC, in the foundation: a route table has one gateway to S3, and a VPC one private name for
 * Secrets Manager, however many pipelines read from it.
 */
export class SourceNetwork extends Construct {
  constructor(scope: Construct, name: string, { vpcId, subnetIds, routeTableIds, ports }: SourceVpc) {
    super(scope, name);
    // Its zones are not asked for: everything names its subnets.
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, availabilityZones: ['any'] });
    const functions = new SecurityGroup(this, 'Functions', {
      vpc,
      description: 'Functions that read databases: nothing comes in',
      allowAllOutbound: false,
    });
    functions.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'S3 and Secrets Manager, through the endpoints');
    for (const port of ports) functions.addEgressRule(Peer.anyIpv4(), Port.tcp(port), 'Databases');
    const secrets = new SecurityGroup(this, 'Secrets', {
      vpc,
      description: 'Secrets Manager, for functions that read databases',
      allowAllOutbound: false,
    });
    secrets.addIngressRule(functions, Port.HTTPS, 'Functions that read databases');
    const { region } = Stack.of(this);
    // Everything in these subnets goes through the two from now on, so the roles say what may be done, not the endpoints.
    new CfnVPCEndpoint(this, 'S3', {
      vpcId,
      vpcEndpointType: 'Gateway',
      serviceName: `com.amazonaws.${region}.s3`,
      routeTableIds,
    });
    new CfnVPCEndpoint(this, 'SecretsManager', {
      vpcId,
      vpcEndpointType: 'Interface',
      serviceName: `com.amazonaws.${region}.secretsmanager`,
      subnetIds,
      securityGroupIds: [secrets.securityGroupId],
      privateDnsEnabled: true,
    });
    new CfnOutput(Stack.of(this), 'SourceSecurityGroupId', {
      value: functions.securityGroupId,
      description: 'Name it in the network of sources, and let it into the databases',
    });
  }
}
