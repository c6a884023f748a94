import { COUNTS_KEPT_DAYS } from '../../lib/tasks/stream';
import { readable, removeAssemblies, synthesize, type Template } from './assembly';

let foundation: Template;
beforeAll(() => {
  foundation = synthesize().foundation;
});
afterAll(removeAssemblies);

test('every bucket is encrypted, closed to the public and refuses plain HTTP', () => {
  const buckets = foundation.entries('AWS::S3::Bucket');
  expect(buckets).toHaveLength(4);
  for (const [id, { Properties }] of buckets) {
    expect(Properties).toMatchObject({
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
      },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: { Rules: expect.arrayContaining([expect.objectContaining({ Id: 'abandoned-uploads' })]) },
    });
    const policy = foundation.all('AWS::S3::BucketPolicy').find((one) => one.Properties.Bucket.Ref === id)!;
    expect(policy.Properties.PolicyDocument.Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 's3:*',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  }
});

test('the landing bucket keeps every version, never expires one, and tells EventBridge', () => {
  const { Properties } = foundation
    .all('AWS::S3::Bucket')
    .find(({ Properties: { VersioningConfiguration } }) => VersioningConfiguration)!;

  expect(Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
  expect(Properties.NotificationConfiguration).toEqual({ EventBridgeConfiguration: { EventBridgeEnabled: true } });
  expect(JSON.stringify(Properties.LifecycleConfiguration)).not.toMatch(/Expiration/);
});

test('staged parts outlive the fourteen days in which a run can be redriven', () => {
  const rules = foundation.all('AWS::S3::Bucket').flatMap(({ Properties }) => Properties.LifecycleConfiguration.Rules);

  expect(rules.find(({ Prefix }) => Prefix === 'runs/').ExpirationInDays).toBeGreaterThan(14);
  // And counts of windows the items that name them, which DynamoDB deletes within two days.
  expect(rules.find(({ Prefix }) => Prefix === 'counts/').ExpirationInDays).toBeGreaterThan(COUNTS_KEPT_DAYS + 2);
});

test('the lake expires what carries a tag, and nothing else', () => {
  const lake = foundation
    .all('AWS::S3::Bucket')
    .map(
      ({ Properties }) =>
        Properties.LifecycleConfiguration.Rules as { ExpirationInDays?: number; TagFilters?: object[] }[],
    )
    .find((rules) => rules.some(({ TagFilters }) => TagFilters))!;

  expect(lake.filter(({ ExpirationInDays }) => ExpirationInDays)).toEqual([
    expect.objectContaining({ TagFilters: [{ Key: 'stepwell', Value: 'staged' }], ExpirationInDays: 30 }),
    expect.objectContaining({ TagFilters: [{ Key: 'stepwell', Value: 'superseded' }], ExpirationInDays: 7 }),
  ]);
});

test('the databases lie in three named availability zones, with no way in or out but S3', () => {
  const zones = foundation.all('AWS::EC2::Subnet').map(({ Properties }) => Properties.AvailabilityZone);

  expect(zones).toEqual([0, 1, 2].map((index) => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] })));
  expect(foundation.all('AWS::EC2::InternetGateway')).toEqual([]);
  expect(foundation.all('AWS::EC2::NatGateway')).toEqual([]);
  expect(foundation.all('AWS::EC2::Route')).toEqual([]);
  expect(foundation.only('AWS::EC2::SecurityGroup').Properties.SecurityGroupIngress).toBeUndefined();
  expect(foundation.only('AWS::EC2::VPCEndpoint').Properties).toMatchObject({
    VpcEndpointType: 'Gateway',
    RouteTableIds: expect.arrayContaining([expect.anything(), expect.anything(), expect.anything()]),
  });
});

test('zones can be named, and two are refused with the reason', () => {
  const named = synthesize({ 'stepwell:availabilityZones': 'us-east-1a,us-east-1b,us-east-1d' }).foundation;

  expect(named.all('AWS::EC2::Subnet').map(({ Properties }) => Properties.AvailabilityZone)).toEqual([
    'us-east-1a',
    'us-east-1b',
    'us-east-1d',
  ]);
  expect(() => synthesize({ 'stepwell:availabilityZones': 'us-east-1a,us-east-1b' })).toThrow(
    'stepwell:availabilityZones is "us-east-1a,us-east-1b": Redshift Serverless needs three zones. Name three, with commas between.',
  );
});

const SOURCE_VPC = {
  vpcId: 'vpc-0a1b2c3d',
  subnetIds: ['subnet-0a1b2c3d', 'subnet-4e5f6a7b'],
  routeTableIds: ['rtb-0a1b2c3d'],
};

test('a VPC in which sources are read gets a way to S3 and Secrets Manager, and a group that lets nothing in', () => {
  const template = synthesize({ 'stepwell:sourceVpc': JSON.stringify(SOURCE_VPC) }).foundation;
  const endpoints = template
    .all('AWS::EC2::VPCEndpoint')
    .filter(({ Properties }) => Properties.VpcId === 'vpc-0a1b2c3d');
  const groups = template
    .entries('AWS::EC2::SecurityGroup')
    .filter(([, { Properties }]) => Properties.VpcId === 'vpc-0a1b2c3d');
  const [[functions, { Properties: ofFunctions }], [secrets, { Properties: ofSecrets }]] = groups as [
    (typeof groups)[0],
    (typeof groups)[0],
  ];
  const service = (name: string) => ({ 'Fn::Join': ['', ['com.amazonaws.', { Ref: 'AWS::Region' }, `.${name}`]] });

  expect(endpoints.map(({ Properties }) => Properties)).toEqual([
    {
      VpcId: 'vpc-0a1b2c3d',
      VpcEndpointType: 'Gateway',
      ServiceName: service('s3'),
      RouteTableIds: ['rtb-0a1b2c3d'],
    },
    {
      VpcId: 'vpc-0a1b2c3d',
      VpcEndpointType: 'Interface',
      ServiceName: service('secretsmanager'),
      SubnetIds: SOURCE_VPC.subnetIds,
      SecurityGroupIds: [{ 'Fn::GetAtt': [secrets, 'GroupId'] }],
      PrivateDnsEnabled: true,
    },
  ]);
  expect(ofFunctions.SecurityGroupIngress).toBeUndefined();
  expect(ofFunctions.SecurityGroupEgress.map(({ ToPort }: { ToPort: number }) => ToPort)).toEqual([443, 3306, 5432]);
  expect(ofSecrets.SecurityGroupIngress).toBeUndefined();
  expect(template.all('AWS::EC2::SecurityGroupIngress').map(({ Properties }) => Properties)).toEqual([
    expect.objectContaining({
      GroupId: { 'Fn::GetAtt': [secrets, 'GroupId'] },
      SourceSecurityGroupId: { 'Fn::GetAtt': [functions, 'GroupId'] },
      ToPort: 443,
    }),
  ]);
  expect(template.document.Outputs).toMatchObject({
    SourceSecurityGroupId: { Value: { 'Fn::GetAtt': [functions, 'GroupId'] } },
  });
});

test.each([
  [{ ...SOURCE_VPC, vpcId: 'my-vpc' }, 'vpcId is no id of the form vpc-0a1b2c3d'],
  [{ ...SOURCE_VPC, subnetIds: [] }, 'subnetIds names no subnet'],
  [{ ...SOURCE_VPC, port: 3306 }, 'Unrecognized key: "port"'],
  ['vpc-0a1b2c3d', 'expected object'],
])('%j is no VPC for sources: %s', (given, rule) => {
  expect(() => synthesize({ 'stepwell:sourceVpc': given })).toThrow(rule);
});

test('Aurora sleeps when idle, has the Data API, is encrypted, and imports staged parts only', () => {
  expect(foundation.only('AWS::RDS::DBCluster').Properties).toMatchObject({
    Engine: 'aurora-postgresql',
    ServerlessV2ScalingConfiguration: { MinCapacity: 0, SecondsUntilAutoPause: 600 },
    EnableHttpEndpoint: true,
    EnableIAMDatabaseAuthentication: true,
    StorageEncrypted: true,
    ManageMasterUserPassword: true,
    DeletionProtection: true,
    AssociatedRoles: [{ FeatureName: 's3Import' }],
  });
  const importRole = foundation
    .all('AWS::IAM::Role')
    .find(({ Properties }) => String(Properties.Description).startsWith('aws_s3'))!;
  expect(readable(importRole.Properties.Policies[0].PolicyDocument.Statement)).toEqual([
    { Effect: 'Allow', Action: 's3:GetObject', Resource: '<BucketsWork.Arn>/runs/*' },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: '<BucketsWork.Arn>' },
  ]);
});

test('Redshift Serverless is small, private, in three subnets, and COPY reads staged parts only', () => {
  expect(foundation.only('AWS::RedshiftServerless::Workgroup').Properties).toMatchObject({
    BaseCapacity: 8,
    PubliclyAccessible: false,
    EnhancedVpcRouting: true,
    ConfigParameters: [{ ParameterKey: 'require_ssl', ParameterValue: 'true' }],
    SubnetIds: [expect.anything(), expect.anything(), expect.anything()],
  });
  const copyRole = foundation
    .all('AWS::IAM::Role')
    .find(({ Properties }) => String(Properties.Description).startsWith('COPY'))!;
  expect(readable(copyRole.Properties.Policies[0].PolicyDocument.Statement)).toEqual([
    { Effect: 'Allow', Action: 's3:GetObject', Resource: '<BucketsWork.Arn>/runs/*' },
    { Effect: 'Allow', Action: 's3:GetBucketLocation', Resource: '<BucketsWork.Arn>' },
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: '<BucketsWork.Arn>',
      Condition: { StringLike: { 's3:prefix': 'runs/*' } },
    },
  ]);
});

test('the ledger can be restored to any second, and finds open items by when they are due', () => {
  expect(foundation.only('AWS::DynamoDB::Table').Properties).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    DeletionProtectionEnabled: true,
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'open',
        KeySchema: [
          { AttributeName: 'openPk', KeyType: 'HASH' },
          { AttributeName: 'dueAt', KeyType: 'RANGE' },
        ],
      },
    ],
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
  });
});

test('the sweeper runs every five minutes, and what it cannot do is mailed', () => {
  const rule = foundation.only('AWS::Events::Rule').Properties;

  expect(rule.ScheduleExpression).toBe('rate(5 minutes)');
  expect(rule.Targets[0].DeadLetterConfig).toBeDefined();
  expect(foundation.only('AWS::Lambda::EventInvokeConfig').Properties.DestinationConfig.OnFailure).toBeDefined();
});

test('data outlives the stack, unless the installation is disposable', () => {
  const holding = ['AWS::S3::Bucket', 'AWS::RDS::DBCluster', 'AWS::DynamoDB::Table'];
  const named = ['AWS::RedshiftServerless::Namespace', 'AWS::SecretsManager::Secret'];
  const policies = (template: Template, types = holding) =>
    types.flatMap((type) => template.all(type).map(({ DeletionPolicy }) => DeletionPolicy));
  const disposable = synthesize({ 'stepwell:disposable': 'true' }).foundation;

  expect(new Set(policies(foundation))).toEqual(new Set(['Retain']));
  // A first deploy that is rolled back leaves no name taken.
  expect(new Set(policies(foundation, named))).toEqual(new Set(['RetainExceptOnCreate']));
  expect(new Set(policies(disposable, [...holding, ...named]))).toEqual(new Set(['Delete']));
  expect(disposable.only('AWS::RDS::DBCluster').Properties.DeletionProtection).toBe(false);
  // Emptied first, as CloudFormation does not delete a bucket with objects.
  expect(disposable.all('Custom::StepwellEmptiedBucket')).toHaveLength(4);
});

test('the network stays with the databases that are in it', () => {
  const network = ['AWS::EC2::VPC', 'AWS::EC2::Subnet', 'AWS::EC2::RouteTable', 'AWS::EC2::SecurityGroup'];

  for (const type of network) {
    for (const { DeletionPolicy } of foundation.all(type)) expect([type, DeletionPolicy]).toEqual([type, 'Retain']);
  }
});

test('the databases reach S3 and nothing else, and nobody reaches them', () => {
  const { SecurityGroupIngress, SecurityGroupEgress } = foundation.only('AWS::EC2::SecurityGroup').Properties;

  expect(SecurityGroupIngress).toBeUndefined();
  expect(SecurityGroupEgress).toEqual([expect.objectContaining({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 })]);
  const endpoint = foundation.only('AWS::EC2::VPCEndpoint').Properties;
  expect(endpoint.RouteTableIds).toHaveLength(3);
  expect(readable(endpoint.PolicyDocument.Statement[0].Resource)).toEqual([
    '<BucketsWork.Arn>',
    '<BucketsWork.Arn>/runs/*',
  ]);
});

test('nothing but CloudFormation itself runs at deploy: no helper functions, no look-ups', () => {
  const types = Object.values(foundation.document.Resources).map(({ Type }) => Type);

  expect(types.filter((type) => type.startsWith('Custom::'))).toEqual([]);
  expect(foundation.all('AWS::Lambda::Function')).toHaveLength(4);
});

test('the state machine of backfills may start those of pipelines, and reads and writes nothing but what is its own', () => {
  const machine = foundation
    .all('AWS::StepFunctions::StateMachine')
    .find(({ Properties }) => Properties.StateMachineName === 'stepwell_backfill')!.Properties;
  const role = foundation.entries('AWS::IAM::Role').find(([id]) => id === machine.RoleArn['Fn::GetAtt'][0])![1];
  const states = 'arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>';

  expect(machine).toMatchObject({ StateMachineName: 'stepwell_backfill', StateMachineType: 'STANDARD' });
  expect(readable(role.Properties.Policies[0].PolicyDocument.Statement)).toEqual([
    {
      Effect: 'Allow',
      Action: 'states:StartExecution',
      Resource: [`${states}:stateMachine:stepwell-*`, `${states}:stateMachine:stepwell_backfill`],
    },
    {
      Effect: 'Allow',
      Action: ['states:DescribeExecution', 'states:StopExecution'],
      Resource: [`${states}:execution:stepwell-*:*`, `${states}:execution:stepwell_backfill/*:*`],
    },
    { Effect: 'Allow', Action: 'states:RedriveExecution', Resource: `${states}:execution:stepwell_backfill/*:*` },
    {
      Effect: 'Allow',
      Action: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      Resource:
        'arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule',
    },
    { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: '<BackfillConcludeFunction.Arn>' },
    {
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
      Resource: '<LedgerTable.Arn>',
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['backfills'] } },
    },
    {
      Effect: 'Allow',
      Action: ['s3:PutObject', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      Resource: '<BucketsWork.Arn>/backfills/*',
    },
    expect.objectContaining({ Resource: '*' }),
  ]);
});
