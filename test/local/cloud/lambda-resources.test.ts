/** Functions as a template has them beside themselves: versions, aliases, and the queues that they read. */
import { InvokeCommand, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Cloud, startCloud } from '../../../lib/local/cloud';
import { att, createWorkspace, LOGS, lambdaFunction, ref, role, type StackInput, type Workspace } from './assembly';

let workspace: Workspace;
let cloud: Cloud | undefined;

beforeAll(async () => {
  workspace = createWorkspace();
});
afterAll(async () => {
  await cloud?.stop();
  workspace.remove();
});

async function up(stack: StackInput): Promise<Cloud> {
  await cloud?.stop();
  workspace.write({ S: stack });
  cloud = await startCloud({ assembly: workspace.assembly, stateDir: workspace.stateDir, port: 0 });
  return cloud;
}

const client = <C>(Client: new (config: object) => C): C =>
  new Client({
    endpoint: cloud?.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

const FORWARD = (greeting: string) => `
  exports.handler = async (event, context) => {
    if (event.Records) console.log(event.Records.map(({ body }) => body).join());
    return ${JSON.stringify(greeting)} + ' ' + context.functionVersion;
  }`;

const stack = (greeting: string, version: string, batchSize: number): StackInput => ({
  Resources: {
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'work' } },
    Role: role('lambda.amazonaws.com', LOGS, {
      Effect: 'Allow',
      Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      Resource: att('Queue', 'Arn'),
    }),
    Function: lambdaFunction(workspace.code(FORWARD(greeting)), 'Role', { FunctionName: 'reader' }),
    [version]: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: ref('Function') } },
    Alias: {
      Type: 'AWS::Lambda::Alias',
      Properties: { FunctionName: ref('Function'), Name: 'live', FunctionVersion: att(version, 'Version') },
    },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: ref('Alias'), EventSourceArn: att('Queue', 'Arn'), BatchSize: batchSize },
    },
  },
  Outputs: { Url: { Value: ref('Queue') }, Alias: { Value: ref('Alias') } },
});

const invoke = async (FunctionName: string) => {
  const { Payload } = await client(LambdaClient).send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
};

test('an alias keeps to the version that the template names, and its queue is read; both follow the next deploy', async () => {
  const { outputs } = await up(stack('first', 'Version1', 5));
  const { Url = '', Alias = '' } = outputs.S ?? {};
  expect(await invoke(Alias)).toBe('first 1');

  const sqs = client(SQSClient);
  await sqs.send(new SendMessageCommand({ QueueUrl: Url, MessageBody: 'hello' }));
  for (;;) {
    const AttributeNames = ['ApproximateNumberOfMessages' as const, 'ApproximateNumberOfMessagesNotVisible' as const];
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: Url, AttributeNames }));
    if (Object.values(Attributes ?? {}).every((count) => count === '0')) break;
  }
  expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl: Url }))).Messages).toBeUndefined();

  await up(stack('second', 'Version2', 7));
  expect(await invoke(Alias)).toBe('second 2');
  expect(await invoke('reader')).toBe('second $LATEST');
  const { EventSourceMappings = [] } = await client(LambdaClient).send(new ListEventSourceMappingsCommand({}));
  expect(EventSourceMappings).toMatchObject([{ FunctionArn: Alias, BatchSize: 7, State: 'Enabled' }]);
  await expect(invoke('reader:1')).rejects.toThrow('Function not found');
});
