// biome-ignore-all lint/suspicious/noTemplateCurlyInString: definition substitutions look like this
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { CfnRule, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Code, Function as Lambda, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { App, CustomResource, Duration, Stack } from 'aws-cdk-lib/core';
import { Client } from 'pg';
import { type Cloud, startCloud } from '../../../lib/local/cloud';
import { createWorkspace, type Workspace } from './assembly';

process.env.CDK_VALIDATION = 'false';

const HANDLER = `exports.handler = async (event) => {
  if (!event.ResponseURL) return 'got ' + event.detail.n;
  await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify({ Status: 'SUCCESS', PhysicalResourceId: 'p', Data: { Table: process.env.TABLE } }) });
}`;

let workspace: Workspace;
let cloud: Cloud;
const lines: string[] = [];

beforeAll(async () => {
  workspace = createWorkspace();
  synthesize();
  cloud = await startCloud({
    assembly: workspace.assembly,
    stateDir: workspace.stateDir,
    port: 0,
    log: (line) => lines.push(line),
  });
});
afterAll(async () => {
  await cloud?.stop();
  workspace.remove();
});

/** Two stacks as the CDK's own constructs write them, with cross-stack references, policies, permissions and custom resources. */
function synthesize(): void {
  const folder = join(workspace.folder, 'function');
  mkdirSync(folder);
  writeFileSync(join(folder, 'index.js'), HANDLER);
  const app = new App({ outdir: workspace.assembly });

  const base = new Stack(app, 'Base');
  const landing = new Bucket(base, 'Landing', { enforceSSL: true, eventBridgeEnabled: true, versioned: true });
  new Topic(base, 'Topic').addSubscription(new EmailSubscription('a@example.com'));
  const table = new TableV2(base, 'Table', { partitionKey: { name: 'pk', type: AttributeType.STRING } });
  new DatabaseCluster(base, 'Aurora', {
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_6 }),
    writer: ClusterInstance.serverlessV2('writer'),
    vpc: new Vpc(base, 'Vpc', { natGateways: 0 }),
    vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    enableDataApi: true,
    defaultDatabaseName: 'shop',
    s3ImportBuckets: [landing],
  });

  const flow = new Stack(app, 'Flow');
  const letters = new Queue(flow, 'Letters', { enforceSSL: true });
  const worker = new Lambda(flow, 'Worker', {
    runtime: Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: Code.fromAsset(folder),
    environment: { TABLE: table.tableName },
    timeout: Duration.seconds(20),
    onFailure: new SqsDestination(letters),
  });
  table.grantReadWriteData(worker);
  const machine = new StateMachine(flow, 'Machine', {
    definitionBody: DefinitionBody.fromString(
      JSON.stringify({
        QueryLanguage: 'JSONata',
        StartAt: 'Work',
        States: {
          Work: {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Arguments: { FunctionName: '${worker}', Payload: '{% $states.input %}' },
            Output: '{% $states.result.Payload %}',
            End: true,
          },
        },
      }),
    ),
    definitionSubstitutions: { worker: worker.functionArn },
  });
  worker.grantInvoke(machine);
  const pattern = { eventPattern: { source: ['test'] } };
  new Rule(flow, 'ToMachine', { ...pattern, targets: [new SfnStateMachine(machine)] });
  new Rule(flow, 'ToWorker', { ...pattern, targets: [new LambdaFunction(worker, { deadLetterQueue: letters })] });
  const inbox = new Queue(flow, 'Inbox');
  new Rule(flow, 'ToInbox', { ...pattern, targets: [new SqsQueue(inbox)] });
  // As if somebody had forgotten the queue's policy.
  const forgotten = new Queue(flow, 'Forgotten');
  new CfnRule(flow, 'ToForgotten', {
    eventPattern: { source: ['test'] },
    targets: [{ id: 'T', arn: forgotten.queueArn }],
  });
  const thing = new CustomResource(flow, 'Thing', { serviceToken: worker.functionArn, resourceType: 'Custom::Thing' });
  flow.exportValue(thing.getAttString('Table'), { name: 'Flow:Table' });
  for (const [name, value] of Object.entries({
    Inbox: inbox.queueUrl,
    Forgotten: forgotten.queueUrl,
    Machine: machine.stateMachineArn,
  }))
    flow.exportValue(value, { name: `Flow:${name}` });
  app.synth();
}

const exported = (name: string): string =>
  Object.entries(cloud.outputs.Flow ?? {}).find(([key]) => key.includes(name))?.[1] ?? '';

// biome-ignore lint/suspicious/noExplicitAny: as on the wire
const call = (service: string, operation: string, input: object): Promise<any> =>
  cloud.context.call({ kind: 'admin' }, service, operation, input);

async function eventually<T>(check: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await check();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('what the CDK writes is loaded as it is', async () => {
  const types = Object.values({ ...cloud.resources('Base'), ...cloud.resources('Flow') }).map(({ type }) => type);

  expect(types).toEqual(
    expect.arrayContaining([
      'Custom::S3BucketNotifications',
      'AWS::RDS::DBCluster',
      'AWS::SecretsManager::SecretTargetAttachment',
      'Custom::Thing',
    ]),
  );
  const bucket = Object.values(cloud.resources('Base')).find(({ type }) => type === 'AWS::S3::Bucket')?.physicalId;
  expect(await call('s3', 'GetBucketNotificationConfiguration', { Bucket: bucket })).toEqual({
    EventBridgeConfiguration: {},
  });
  const table = Object.values(cloud.resources('Base')).find(
    ({ type }) => type === 'AWS::DynamoDB::GlobalTable',
  )?.physicalId;
  expect(Object.values(cloud.outputs.Flow ?? {})).toContain(table);
});

test('a database of the template takes connections by its string', async () => {
  const client = new Client({ connectionString: cloud.databases.aurora });
  await client.connect();
  const { rows } = await client.query('select current_database() as name');
  await client.end();

  expect(rows).toEqual([{ name: 'shop' }]);
});

test('an event reaches the targets whose policies let it in, and those only', async () => {
  await call('events', 'PutEvents', { Entries: [{ Source: 'test', DetailType: 'Test', Detail: '{"n":7}' }] });

  const { Messages } = await call('sqs', 'ReceiveMessage', { QueueUrl: exported('Inbox'), WaitTimeSeconds: 20 });
  expect(JSON.parse(Messages[0].Body)).toMatchObject({ source: 'test', detail: { n: 7 } });

  const stateMachineArn = exported('Machine');
  const execution = await eventually(async () => {
    const { executions } = await call('states', 'ListExecutions', { stateMachineArn });
    return executions.find(({ status }: { status: string }) => status !== 'RUNNING');
  });
  const { status, output } = await call('states', 'DescribeExecution', { executionArn: execution.executionArn });
  expect([status, output]).toEqual(['SUCCEEDED', '"got 7"']);

  const line = await eventually(async () => lines.find((text) => text.includes('ToForgotten')));
  expect(line).toContain('NO_PERMISSIONS');
  const forgotten = await call('sqs', 'ReceiveMessage', { QueueUrl: exported('Forgotten') });
  expect(forgotten.Messages ?? []).toEqual([]);
});
