import {
  FlowLog,
  FlowLogDestination,
  FlowLogResourceType,
  GatewayVpcEndpoint,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Fn, RemovalPolicies } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge';
import { protection } from './protection';
import { settingsOf } from './settings';

const ZONES = 3;

export interface NetworkProps {
  /** what the databases read from S3 */
  readonly work: IBucket;
  readonly flowLogs: IBucket;
}

/**
 * Where the databases live: isolated subnets in three availability zones, without internet or NAT gateway. Nothing connects
 * to the databases over the network, everything goes through their Data APIs; S3 is reached through a gateway endpoint.
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  readonly databases: SecurityGroup;

  constructor(scope: Construct, id: string, { work, flowLogs }: NetworkProps) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.42.0.0/16'),
      availabilityZones: zones(this),
      natGateways: 0,
      createInternetGateway: false,
      // It takes a Lambda-backed custom resource, to narrow a group that nothing is in.
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [{ name: 'Databases', subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 22 }],
    });
    const { disposable } = settingsOf(this);
    if (!disposable) {
      new FlowLog(this, 'FlowLog', {
        resourceType: FlowLogResourceType.fromVpc(this.vpc),
        destination: FlowLogDestination.toS3(flowLogs, 'network/'),
      });
    } else acknowledge(this.vpc, { VPC7: 'Flow logs that come late would keep a trial from being destroyed' });
    const s3 = new GatewayVpcEndpoint(this, 'S3', { vpc: this.vpc, service: GatewayVpcEndpointAwsService.S3 });
    s3.addToPolicy(
      new PolicyStatement({
        // An endpoint's policy must name everyone; the roles of COPY and of the import say who.
        principals: [new AnyPrincipal()],
        actions: ['s3:GetObject', 's3:GetBucketLocation', 's3:ListBucket'],
        resources: [work.bucketArn, work.arnForObjects('runs/*')],
      }),
    );
    this.databases = new SecurityGroup(this, 'DatabaseAccess', {
      vpc: this.vpc,
      description: 'Redshift and Aurora: nothing comes in',
      allowAllOutbound: false,
    });
    this.databases.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'S3, through the gateway endpoint');
    // Databases that outlive the stack live in it: CloudFormation could not take it away, and the stack would end half deleted.
    RemovalPolicies.of(this).apply(protection(this).removalPolicy, { excludeResourceTypes: ['AWS::EC2::FlowLog'] });
  }
}

/**
 * Redshift Serverless needs three zones. `Stack.availabilityZones` gives two where the account is not known at synth, and
 * looking them up needs an account; so the region's first three are named. Where one of them lacks a database service:
 * `-c stepwell:availabilityZones=us-east-1a,us-east-1b,us-east-1d`.
 */
function zones(scope: Construct): string[] {
  const { availabilityZones } = settingsOf(scope);
  if (availabilityZones !== undefined) return [...availabilityZones];
  return Array.from({ length: ZONES }, (_, index) => Fn.select(index, Fn.getAzs()));
}
