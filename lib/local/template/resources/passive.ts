/**
 * Types that do nothing on one machine: networks, tags, metadata. They are recorded with plausible attributes, so that what refers
 * to them resolves. A type that does something must not be added here: it would be missing without anybody noticing.
 */
import { type Properties, physicalName, type ResourceHandler, type ResourceRequest, shortHash } from '../resource';

type Attributes = (id: string, request: ResourceRequest) => Properties;

const arn = (request: ResourceRequest, service: string, resource: string): string =>
  `arn:aws:${service}:${request.host.cloud.region}:${request.host.cloud.account}:${resource}`;

/** Type → prefix of its id (undefined: its physical name) and its attributes. */
const PASSIVE: Readonly<Record<string, readonly [prefix: string | undefined, attributes?: Attributes]>> = {
  'AWS::CDK::Metadata': [undefined],
  // From here nothing is posted to Slack: what would be stays in its topic.
  'AWS::Chatbot::SlackChannelConfiguration': [
    undefined,
    (id) => ({ Arn: `arn:aws:chatbot::000000000000:chat-configuration/slack-channel/${id}` }),
  ],
  'AWS::CloudFormation::WaitConditionHandle': [undefined],
  'AWS::EC2::EIP': ['eipalloc', (id) => ({ AllocationId: id, PublicIp: '203.0.113.1' })],
  'AWS::EC2::FlowLog': ['fl', (id) => ({ Id: id })],
  'AWS::EC2::InternetGateway': ['igw', (id) => ({ InternetGatewayId: id })],
  'AWS::EC2::NatGateway': ['nat', (id) => ({ NatGatewayId: id })],
  'AWS::EC2::Route': ['r'],
  'AWS::EC2::RouteTable': ['rtb', (id) => ({ RouteTableId: id })],
  'AWS::EC2::SecurityGroup': ['sg', (id, { properties }) => ({ GroupId: id, Id: id, VpcId: properties.VpcId })],
  'AWS::EC2::SecurityGroupEgress': ['sgr', (id) => ({ Id: id })],
  'AWS::EC2::SecurityGroupIngress': ['sgr', (id) => ({ Id: id })],
  'AWS::EC2::Subnet': [
    'subnet',
    (id, { properties }) => ({
      SubnetId: id,
      VpcId: properties.VpcId,
      AvailabilityZone: properties.AvailabilityZone ?? '',
      CidrBlock: properties.CidrBlock ?? '',
      Ipv6CidrBlocks: [],
    }),
  ],
  'AWS::EC2::SubnetRouteTableAssociation': ['rtbassoc', (id) => ({ Id: id })],
  'AWS::EC2::VPC': [
    'vpc',
    (id, { properties }) => ({
      VpcId: id,
      CidrBlock: properties.CidrBlock ?? '',
      CidrBlockAssociations: [`vpc-cidr-assoc-${id}`],
      DefaultNetworkAcl: `acl-${id.slice(4)}`,
      DefaultSecurityGroup: `sg-${id.slice(4)}`,
      Ipv6CidrBlocks: [],
    }),
  ],
  'AWS::EC2::VPCEndpoint': [
    'vpce',
    (id) => ({ Id: id, CreationTimestamp: '', DnsEntries: [], NetworkInterfaceIds: [] }),
  ],
  'AWS::EC2::VPCGatewayAttachment': ['igw-attach'],
  'AWS::KMS::Alias': [undefined],
  'AWS::Logs::ResourcePolicy': [undefined],
  'AWS::RDS::DBClusterParameterGroup': [undefined],
  'AWS::RDS::DBInstance': [
    undefined,
    (id, request) => ({
      DBInstanceArn: arn(request, 'rds', `db:${id}`),
      'Endpoint.Address': '127.0.0.1',
      'Endpoint.Port': String(request.host.databases.port),
    }),
  ],
  'AWS::RDS::DBParameterGroup': [undefined],
  'AWS::RDS::DBSubnetGroup': [undefined],
  'AWS::SecretsManager::RotationSchedule': [undefined],
  'Custom::VpcRestrictDefaultSG': [undefined],
};

export const PASSIVE_TYPES: readonly string[] = Object.keys(PASSIVE);

export function passive(type: string): ResourceHandler | undefined {
  const [prefix, attributes] = PASSIVE[type] ?? [];
  if (PASSIVE[type] === undefined) return undefined;
  return {
    async apply(request) {
      const { stack, logicalId } = request;
      const id =
        prefix === undefined
          ? physicalName(request, { max: 255, lowerCase: true, explicit: explicitName(request.properties, type) })
          : `${prefix}-${shortHash(`${stack.name}/${logicalId}`, 17)}`;
      return { physicalId: id, attributes: attributes?.(id, request) ?? {} };
    },
  };
}

function explicitName(properties: Properties, type: string): unknown {
  const name = type.split('::').at(-1);
  return properties[`${name}Name`] ?? properties[`${name}Identifier`];
}
