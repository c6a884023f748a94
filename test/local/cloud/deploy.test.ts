// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Fn::Sub looks like this
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListExportsCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { InvokeCommand, type InvokeCommandInput, LambdaClient } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  ListActivitiesCommand,
  ListTagsForResourceCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type Cloud, startCloud } from '../../../lib/local/cloud';
import { att, createWorkspace, LOGS, lambdaFunction, ref, role, type StackInput, type Workspace } from './assembly';

let workspace: Workspace;
let cloud: Cloud | undefined;
let lines: string[];

beforeEach(async () => {
  workspace = createWorkspace();
  lines = [];
});
afterEach(async () => {
  await cloud?.stop();
  cloud = undefined;
  workspace.remove();
});

async function up(stacks: Record<string, StackInput>): Promise<Cloud> {
  await cloud?.stop();
  cloud = undefined;
  workspace.write(stacks);
  cloud = await startCloud({
    assembly: workspace.assembly,
    stateDir: workspace.stateDir,
    port: 0,
    log: (line) => lines.push(line),
  });
  return cloud;
}

const client = <C>(Client: new (config: object) => C): C =>
  new Client({
    endpoint: cloud?.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAUSER', secretAccessKey: 'x' },
    forcePathStyle: true,
  });

/** Answers CloudFormation and keeps what it was asked in its attributes. */
const PROVIDER = `exports.handler = async (event) => {
  const { ResponseURL, ...rest } = event;
  const fail = event.ResourceProperties.Fail;
  if (fail === 'throw') throw new Error('cannot connect');
  if (fail === 'silent') return;
  const answer = fail ? { Status: 'FAILED', Reason: 'schema x exists already' }
    : { Status: 'SUCCESS', PhysicalResourceId: 'thing-1', Data: { Seen: JSON.stringify(rest) } };
  await fetch(ResponseURL, { method: 'PUT', body: JSON.stringify(answer) });
};`;

const BASE: StackInput = {
  Resources: {
    Landing: {
      Type: 'AWS::S3::Bucket',
      Properties: { VersioningConfiguration: { Status: 'Enabled' } },
      DeletionPolicy: 'Retain',
    },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: 'Alerts' } },
    Mail: {
      Type: 'AWS::SNS::Subscription',
      Properties: { TopicArn: ref('Topic'), Protocol: 'email', Endpoint: 'a@example.com' },
    },
    Ledger: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        Replicas: [{ Region: ref('AWS::Region') }],
      },
    },
    Secret: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: {
        GenerateSecretString: {
          SecretStringTemplate: '{"username":"admin"}',
          GenerateStringKey: 'password',
          ExcludePunctuation: true,
        },
      },
    },
    Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    Subnet: {
      Type: 'AWS::EC2::Subnet',
      Properties: { VpcId: ref('Vpc'), AvailabilityZone: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] } },
    },
    OnlyElsewhere: { Type: 'AWS::SNS::Topic', Condition: 'Elsewhere' },
    Metadata: { Type: 'AWS::CDK::Metadata' },
  },
  Conditions: { Elsewhere: { 'Fn::Equals': [ref('AWS::Region'), 'eu-west-1'] } },
  Outputs: {
    Bucket: { Value: ref('Landing'), Export: { Name: 'Base:Bucket' } },
    TableArn: { Value: att('Ledger', 'Arn'), Export: { Name: 'Base:Table' } },
    Password: { Value: { 'Fn::Sub': '{{resolve:secretsmanager:${Secret}:SecretString:password::}}' } },
  },
};

/** What a state machine's role needs for its logs. */
const LOG_DELIVERY = {
  Effect: 'Allow',
  Action: ['logs:CreateLogDelivery', 'logs:DescribeLogGroups', 'logs:PutResourcePolicy'],
  Resource: '*',
};

test('a state machine whose role may not deliver logs is refused them', async () => {
  const Machine = {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      RoleArn: att('Role', 'Arn'),
      DefinitionString: '{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}',
      LoggingConfiguration: {
        Level: 'ALL',
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: att('Logs', 'Arn') } }],
      },
    },
  };
  const Resources = { Role: role('states.amazonaws.com'), Logs: { Type: 'AWS::Logs::LogGroup' }, Machine };

  await expect(up({ Flow: { Resources } })).rejects.toThrow(
    'The state machine IAM Role is not authorized to access the Log Destination',
  );
});

test('a state machine that a template drops ends its executions, and may come back', async () => {
  const Machine = {
    Type: 'AWS::StepFunctions::StateMachine',
    Properties: {
      StateMachineName: 'machine',
      RoleArn: att('Role', 'Arn'),
      DefinitionString: '{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":3600,"End":true}}}',
    },
  };
  const Role = role('states.amazonaws.com');
  const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';
  await up({ Flow: { Resources: { Role, Machine } } });
  const { executionArn } = await client(SFNClient).send(new StartExecutionCommand({ stateMachineArn }));

  await up({ Flow: { Resources: { Role } } });

  expect(await client(SFNClient).send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
    status: 'ABORTED',
  });
  await up({ Flow: { Resources: { Role, Machine } } });
  expect(await client(SFNClient).send(new DescribeStateMachineCommand({ stateMachineArn }))).toMatchObject({
    status: 'ACTIVE',
  });
});

test('an activity, a version and an alias that leads to the latest version', async () => {
  const flow = (result: number): StackInput => ({
    Resources: {
      Role: role('states.amazonaws.com'),
      Work: {
        Type: 'AWS::StepFunctions::Activity',
        Properties: { Name: 'work', Tags: [{ Key: 'a', Value: 'b' }] },
      },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: 'machine',
          RoleArn: att('Role', 'Arn'),
          DefinitionString: JSON.stringify({
            StartAt: 'P',
            States: { P: { Type: 'Pass', Result: result, End: true } },
          }),
          Tags: [{ Key: 'team', Value: 'data' }],
        },
      },
      Version: {
        Type: 'AWS::StepFunctions::StateMachineVersion',
        Properties: {
          StateMachineArn: ref('Machine'),
          StateMachineRevisionId: att('Machine', 'StateMachineRevisionId'),
        },
      },
      Alias: {
        Type: 'AWS::StepFunctions::StateMachineAlias',
        Properties: {
          Name: 'live',
          DeploymentPreference: { StateMachineVersionArn: ref('Version'), Type: 'ALL_AT_ONCE' },
        },
      },
    },
    Outputs: { Work: { Value: ref('Work') }, Version: { Value: ref('Version') }, Alias: { Value: ref('Alias') } },
  });
  const executed = async ({ outputs }: Cloud) => {
    const stateMachineArn = outputs.Flow!.Alias!;
    const sfn = client(SFNClient);
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    for (;;) {
      const { status, output, stateMachineVersionArn } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (status !== 'RUNNING') return { output, version: stateMachineVersionArn };
    }
  };

  const first = await up({ Flow: flow(1) });
  const machine = 'arn:aws:states:us-east-1:000000000000:stateMachine:machine';
  expect(first.outputs.Flow).toEqual({
    Work: 'arn:aws:states:us-east-1:000000000000:activity:work',
    Version: `${machine}:1`,
    Alias: `${machine}:live`,
  });
  const tagged = await client(SFNClient).send(new ListTagsForResourceCommand({ resourceArn: machine }));
  expect(tagged.tags).toEqual([{ key: 'team', value: 'data' }]);
  expect(await executed(first)).toEqual({ output: '1', version: `${machine}:1` });

  expect(await executed(await up({ Flow: flow(2) }))).toEqual({ output: '2', version: `${machine}:2` });

  const { Role } = flow(2).Resources;
  await up({ Flow: { Resources: { Role } } });
  const { activities } = await client(SFNClient).send(new ListActivitiesCommand({}));
  expect(activities).toEqual([]);
});

test('a state machine of which only the role, or only the log or the trace, has changed is updated', async () => {
  const machine = (roleId: string, more: object = {}): StackInput => ({
    Resources: {
      One: role('states.amazonaws.com'),
      Two: role('states.amazonaws.com', LOG_DELIVERY),
      Logs: { Type: 'AWS::Logs::LogGroup' },
      Machine: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          StateMachineName: 'machine',
          RoleArn: att(roleId, 'Arn'),
          DefinitionString: '{"StartAt":"P","States":{"P":{"Type":"Pass","End":true}}}',
          ...more,
        },
      },
    },
    Outputs: { One: { Value: att('One', 'Arn') }, Two: { Value: att('Two', 'Arn') } },
  });
  const logged = {
    LoggingConfiguration: {
      Level: 'ALL',
      IncludeExecutionData: true,
      Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: att('Logs', 'Arn') } }],
    },
  };
  const traced = { TracingConfiguration: { Enabled: true } };
  const described = async (flow: StackInput) => {
    await up({ Flow: flow });
    const { stateMachineArn, roleArn, loggingConfiguration, tracingConfiguration } = await client(SFNClient).send(
      new DescribeStateMachineCommand({
        stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:machine',
      }),
    );
    return {
      arn: stateMachineArn,
      role: roleArn,
      log: loggingConfiguration?.level,
      trace: tracingConfiguration?.enabled,
    };
  };

  const first = await described(machine('One'));
  const second = await described(machine('Two'));
  const third = await described(machine('Two', logged));
  const fourth = await described(machine('Two', { ...logged, ...traced }));
  const fifth = await described(machine('Two'));

  expect(second.role).not.toBe(first.role);
  expect([first, second, third, fourth, fifth]).toEqual([
    { arn: first.arn, role: first.role, log: 'OFF', trace: false },
    { arn: first.arn, role: second.role, log: 'OFF', trace: false },
    { arn: first.arn, role: second.role, log: 'ALL', trace: false },
    { arn: first.arn, role: second.role, log: 'ALL', trace: true },
    { arn: first.arn, role: second.role, log: 'OFF', trace: false },
  ]);
});

test('a restart with the same templates changes nothing, and names stay', async () => {
  const stacks = {
    Flow: {
      dependencies: ['Base'],
      Resources: {
        Queue: {
          Type: 'AWS::SQS::Queue',
          Properties: { QueueName: { 'Fn::Join': ['-', ['after', { 'Fn::ImportValue': 'Base:Bucket' }]] } },
        },
      },
      Outputs: { Arn: { Value: att('Queue', 'Arn') } },
    },
    Base: BASE,
  };

  const first = await up(stacks);
  expect(first.changed).toBe(9);
  const { outputs } = first;
  expect(outputs.Base?.Bucket).toMatch(/^base-landing-[0-9a-f]{8}$/);
  expect(outputs.Flow?.Arn).toBe(`arn:aws:sqs:us-east-1:000000000000:after-${outputs.Base?.Bucket}`);
  expect(Object.keys(first.resources('Base'))).not.toContain('OnlyElsewhere');

  const second = await up(stacks);
  expect(second.changed).toBe(0);
  expect(second.outputs).toEqual(outputs);
  expect(lines).toEqual([]);
});

test('what a template changes is updated in place; what it drops is removed, but never data', async () => {
  await up({ Base: BASE });
  const { Topic: _, Mail: __, Landing: ___, ...others } = BASE.Resources;
  const Outputs = { Bucket: { Value: 'gone' } };

  const second = await up({ Base: { ...BASE, Outputs, Resources: { ...others, Extra: { Type: 'AWS::SNS::Topic' } } } });

  const topics = (await second.context.call({ kind: 'admin' }, 'sns', 'ListTopics', {})) as {
    Topics: { TopicArn: string }[];
  };
  expect(topics.Topics.map(({ TopicArn }) => TopicArn.split(':').at(-1)?.replace(/-\w+$/, ''))).toEqual(['Base-Extra']);
  const { Buckets } = await client(S3Client).send(new ListBucketsCommand({}));
  expect(Buckets).toHaveLength(1);
  expect(lines).toEqual([expect.stringMatching(/^Base\/Landing: kept AWS::S3::Bucket base-landing-/)]);
});

test('a stack that has left the assembly takes its resources along', async () => {
  await up({ Base: BASE, Old: { Resources: { Gone: { Type: 'AWS::SNS::Topic' } } } });

  const second = await up({ Base: BASE });

  const { Topics } = (await second.context.call({ kind: 'admin' }, 'sns', 'ListTopics', {})) as { Topics: unknown[] };
  expect(Topics).toHaveLength(1);
  expect(Object.keys(second.outputs)).toEqual(['Base']);
});

test('a custom resource is created, updated and deleted by its function, and its answer can be referred to', async () => {
  const stack = (resources: object): StackInput => ({
    Resources: {
      Role: role('lambda.amazonaws.com', LOGS),
      Provider: lambdaFunction(workspace.code(PROVIDER), 'Role'),
      ...resources,
    },
    ...('Thing' in resources ? { Outputs: { Seen: { Value: att('Thing', 'Seen') } } } : {}),
  });
  const thing = (Size: number) => ({
    Thing: { Type: 'Custom::Thing', Properties: { ServiceToken: att('Provider', 'Arn'), Size, Deep: { On: true } } },
  });

  const created = JSON.parse((await up({ S: stack(thing(1)) })).outputs.S?.Seen ?? '');
  expect(created).toMatchObject({
    RequestType: 'Create',
    ResourceType: 'Custom::Thing',
    LogicalResourceId: 'Thing',
    StackId: expect.stringMatching(/^arn:aws:cloudformation:us-east-1:000000000000:stack\/S\//),
    ResourceProperties: { Size: '1', Deep: { On: 'true' } },
  });

  const again = await up({ S: stack(thing(1)) });
  expect(again.changed).toBe(0);

  const updated = JSON.parse((await up({ S: stack(thing(2)) })).outputs.S?.Seen ?? '');
  expect(updated).toMatchObject({
    RequestType: 'Update',
    PhysicalResourceId: 'thing-1',
    ResourceProperties: { Size: '2' },
    OldResourceProperties: { Size: '1' },
  });

  await up({ S: stack({}) });
  expect(Object.keys(cloud?.resources('S') ?? {})).toEqual(['Role', 'Provider']);
});

test.each([
  [
    'refuse',
    'S/Thing: create of Custom::Thing failed: CustomResourceFailed: Create by S-Provider-',
    'schema x exists already',
  ],
  ['throw', 'CustomResourceFailed: Create by S-Provider-', 'Error: cannot connect'],
  ['silent', 'CustomResourceFailed: Create by S-Provider-', 'the function returned without a PUT to ResponseURL'],
])('a custom resource that fails (%s) ends the start with its reason', async (Fail, ...parts) => {
  const stacks = {
    S: {
      Resources: {
        Role: role('lambda.amazonaws.com', LOGS),
        Provider: lambdaFunction(workspace.code(PROVIDER), 'Role'),
        Thing: { Type: 'Custom::Thing', Properties: { ServiceToken: att('Provider', 'Arn'), Fail } },
      },
    },
  };

  const failure = await up(stacks).then(
    () => '',
    (error: Error) => error.message,
  );

  for (const part of parts) expect(failure).toContain(part);
});

test('mistakes in templates are told with stack and resource', async () => {
  const attempt = (Resources: StackInput['Resources']) =>
    up({ Shop: { Resources } }).then(
      () => 'started',
      (error: Error) => error.message,
    );

  expect(await attempt({ Cache: { Type: 'AWS::ElastiCache::CacheCluster' } })).toContain(
    'Shop/Cache: the local cloud has no resource type AWS::ElastiCache::CacheCluster.',
  );
  expect(
    await attempt({
      A: { Type: 'AWS::SNS::Topic', DependsOn: 'B' },
      B: { Type: 'AWS::SNS::Topic', Properties: { DisplayName: ref('A') } },
    }),
  ).toBe('Shop: circular dependency between resources: A -> B -> A');
  expect(
    await attempt({
      F: lambdaFunction(workspace.code('exports.handler = () => 1'), 'R'),
      R: role('states.amazonaws.com'),
    }),
  ).toContain(
    'Shop/F: create of AWS::Lambda::Function failed: InvalidParameterValueException: The role defined for the function cannot be assumed by Lambda.',
  );
  writeFileSync(join(workspace.folder, 'empty'), '');
  await expect(startCloud({ assembly: workspace.folder, stateDir: workspace.stateDir, port: 0 })).rejects.toThrow(
    'Run `npx cdk synth` first.',
  );
});

test('stacks, outputs, exports and resources can be read by CloudFormation’s API', async () => {
  await up({ Base: BASE });
  const cloudFormation = client(CloudFormationClient);

  const { Stacks } = await cloudFormation.send(new DescribeStacksCommand({ StackName: 'Base' }));
  const { Exports } = await cloudFormation.send(new ListExportsCommand({}));
  const { StackResourceSummaries } = await cloudFormation.send(new ListStackResourcesCommand({ StackName: 'Base' }));

  expect(Stacks?.[0]).toMatchObject({ StackName: 'Base', StackStatus: 'CREATE_COMPLETE' });
  expect(Stacks?.[0]?.Outputs).toContainEqual({
    OutputKey: 'Bucket',
    OutputValue: cloud?.outputs.Base?.Bucket,
    ExportName: 'Base:Bucket',
  });
  expect(Exports?.map(({ Name }) => Name)).toEqual(['Base:Bucket', 'Base:Table']);
  expect(StackResourceSummaries).toHaveLength(8);
  await expect(cloudFormation.send(new DescribeStacksCommand({ StackName: 'None' }))).rejects.toThrow(
    'Stack with id None does not exist',
  );
});

test('Lambda’s API answers with the status, the error and the log of an invocation', async () => {
  const source = `exports.handler = async (event) => { console.log('seen'); if (event.fail) throw new TypeError('no'); return event }`;
  const Worker = lambdaFunction(workspace.code(source), 'Role', { FunctionName: 'worker' });
  await up({ S: { Resources: { Role: role('lambda.amazonaws.com', LOGS), Worker } } });
  const lambda = client(LambdaClient);
  const invoke = (input: Partial<InvokeCommandInput>) =>
    lambda.send(new InvokeCommand({ FunctionName: 'worker', ...input }));

  const ok = await invoke({ Payload: '{"a":1}', LogType: 'Tail' });
  expect(ok).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
  expect(ok.FunctionError).toBeUndefined();
  expect(Buffer.from(ok.Payload ?? '').toString()).toBe('{"a":1}');
  expect(Buffer.from(ok.LogResult ?? '', 'base64').toString()).toMatch(/^START[\s\S]*INFO\tseen\n[\s\S]*REPORT/);

  const failed = await invoke({ Payload: '{"fail":true}' });
  expect(failed).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
  expect(JSON.parse(Buffer.from(failed.Payload ?? '').toString())).toMatchObject({
    errorType: 'TypeError',
    errorMessage: 'no',
  });

  expect((await invoke({ InvocationType: 'Event' })).StatusCode).toBe(202);
  expect((await invoke({ InvocationType: 'DryRun' })).StatusCode).toBe(204);
  await expect(invoke({ FunctionName: 'none' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(invoke({ Payload: '{' })).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
});

test('a function acts as its role: what its policy does not grant is AccessDenied', async () => {
  // Signatures are not verified, so a bare header will do to say who asks.
  const source = `exports.handler = async ({ key }) => {
    const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, BUCKET } = process.env;
    const credential = AWS_ACCESS_KEY_ID + '/20260101/us-east-1/s3/aws4_request';
    const response = await fetch(AWS_ENDPOINT_URL + '/' + BUCKET + '/' + key, { method: 'PUT', body: 'x',
      headers: { authorization: 'AWS4-HMAC-SHA256 Credential=' + credential + ', SignedHeaders=host, Signature=0' } });
    return { status: response.status, text: await response.text() };
  }`;
  const grant = { Effect: 'Allow', Action: 's3:PutObject', Resource: { 'Fn::Sub': '${Bucket.Arn}/mine/*' } };
  const name = { FunctionName: 'writer', Environment: { Variables: { BUCKET: ref('Bucket') } } };
  const cloud = await up({
    S: {
      Resources: {
        Bucket: { Type: 'AWS::S3::Bucket' },
        Role: role('lambda.amazonaws.com', LOGS, grant),
        Writer: lambdaFunction(workspace.code(source), 'Role', name),
      },
      Outputs: { Role: { Value: ref('Role') }, Bucket: { Value: ref('Bucket') } },
    },
  });
  const put = async (key: string) => {
    const { Payload } = await client(LambdaClient).send(
      new InvokeCommand({ FunctionName: 'writer', Payload: JSON.stringify({ key }) }),
    );
    return JSON.parse(Buffer.from(Payload ?? '').toString());
  };

  expect((await put('mine/a')).status).toBe(200);
  const denied = await put('yours/a');

  expect(denied.status).toBe(403);
  const { Role, Bucket } = cloud.outputs.S ?? {};
  expect(denied.text.replaceAll('&quot;', '"')).toContain(
    `User: arn:aws:sts::000000000000:assumed-role/${Role}/writer is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::${Bucket}/yours/a" because no identity-based policy allows the s3:PutObject action`,
  );
});
