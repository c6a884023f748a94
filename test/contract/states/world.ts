/**
 * Where the cases run: one local cloud behind a port, or AWS with `REMOTE=1`, credentials in the environment and `STATES_ROLE_ARN`, a
 * role that both Step Functions and Lambda may assume, with what the cases' tasks do and what a Distributed Map needs
 * (https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html). What is made is named `contract-…` and is
 * removed in the end.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
  StartSyncExecutionCommand,
} from '@aws-sdk/client-sfn';
import { CreateTopicCommand, DeleteTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { CreateQueueCommand, DeleteQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createIam } from '../../../lib/local/iam';
import { createDynamoDbService } from '../../../lib/local/services/dynamodb';
import { createEventsService } from '../../../lib/local/services/events';
import { createLambdaService } from '../../../lib/local/services/lambda';
import { createLogsService } from '../../../lib/local/services/logs';
import { createMonitoringService } from '../../../lib/local/services/monitoring';
import { createS3Service } from '../../../lib/local/services/s3';
import { createSnsService } from '../../../lib/local/services/sns';
import { createSqsService } from '../../../lib/local/services/sqs';
import { createStatesService } from '../../../lib/local/services/states';
import { createStsService } from '../../../lib/local/services/sts';
import { zip } from '../../zip';
import { connect, isRemote } from '../aws';
import { definitionOf, type NamedCase, substitute } from './case';

/** What became of a case. */
export interface Outcome {
  /** The message of CreateStateMachine's refusal; then there is nothing else. */
  readonly refused?: string;
  readonly status?: string;
  /** JSON text. */
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  /** Empty where the case says nothing of it. */
  readonly history: readonly HistoryEvent[];
  /** What `${…}` stands for. */
  readonly values: Readonly<Record<string, string>>;
}

export interface World {
  run(one: NamedCase): Promise<Outcome>;
  close(): Promise<void>;
}

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const LONGEST_PAUSE_MS = isRemote ? 2000 : 100;

export async function createWorld(): Promise<World> {
  const aws = await connect((stateDir) => [
    createS3Service({ stateDir }),
    createDynamoDbService(),
    createSqsService(),
    createLogsService(),
    createMonitoringService(),
    createStsService(),
    createLambdaService({
      iam: createIam({ account: ACCOUNT, region: REGION, now: Date.now }),
      assets: () => new Map(),
    }),
    createSnsService(),
    createStatesService(),
    createEventsService(),
  ]);
  const undo: (() => Promise<unknown>)[] = [() => aws.close()];
  const role = process.env.STATES_ROLE_ARN ?? `arn:aws:iam::${ACCOUNT}:role/states`;
  const shared = await createResources(aws.config, aws.name('contract'), role, undo);
  const s3 = new S3Client({ ...aws.config, forcePathStyle: !isRemote });
  // StartSyncExecution has a host of its own, which does not resolve below 127.0.0.1.
  const states = new SFNClient({ ...aws.config, disableHostPrefix: !isRemote });
  undo.push(async () => {
    s3.destroy();
    states.destroy();
  });

  const createMachine = async (definition: unknown, type: NamedCase['type'] = 'STANDARD') => {
    const name = aws.name('contract');
    const text = JSON.stringify(definition);
    const created = await states.send(new CreateStateMachineCommand({ name, roleArn: role, definition: text, type }));
    const stateMachineArn = created.stateMachineArn!;
    // The local cloud is thrown away as a whole.
    if (isRemote) undo.push(() => states.send(new DeleteStateMachineCommand({ stateMachineArn })));
    return { name, arn: stateMachineArn };
  };

  return {
    async run(one) {
      let values: Record<string, string> = { ...shared, prefix: aws.name('case') };
      for (const [key, body] of Object.entries(one.objects ?? {})) {
        const Body = substitute(typeof body === 'string' ? body : JSON.stringify(body), values);
        await s3.send(new PutObjectCommand({ Bucket: values.bucket, Key: `${values.prefix}/${key}`, Body }));
      }
      for (const [name, definition] of Object.entries(one.machines ?? {})) {
        values = { ...values, [name]: (await createMachine(substitute(definition, values))).arn };
      }
      let machine: Awaited<ReturnType<typeof createMachine>>;
      try {
        machine = await createMachine(substitute(definitionOf(one), values), one.type);
      } catch (error) {
        if ((error as Error).name !== 'InvalidDefinition') throw error;
        return { refused: (error as Error).message, history: [], values };
      }
      const started = { stateMachineArn: machine.arn, input: JSON.stringify(substitute(one.input ?? {}, values)) };
      values = { ...values, machine: machine.arn, machineName: machine.name };
      if (one.type === 'EXPRESS') {
        const ended = await states.send(new StartSyncExecutionCommand(started));
        return {
          ...ended,
          history: [],
          values: { ...values, ...aboutExecution(ended.executionArn!, ended.startDate!) },
        };
      }
      const { executionArn, startDate } = await states.send(new StartExecutionCommand(started));
      let pauseMs = 5;
      for (;;) {
        const ended = await states.send(new DescribeExecutionCommand({ executionArn }));
        if (ended.status !== 'RUNNING') {
          const wantsHistory = one.history ?? one.events ?? one.among;
          const history = wantsHistory ? await readHistory(states, executionArn!) : [];
          return { ...ended, history, values: { ...values, ...aboutExecution(executionArn!, startDate!) } };
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    },

    async close() {
      for (const step of undo.splice(0).reverse()) await step();
    },
  };
}

const aboutExecution = (arn: string, start: Date) => ({
  execution: arn,
  executionName: arn.slice(arn.lastIndexOf(':') + 1),
  // As in a context object, where it has a fraction only when there is one.
  start: start.toISOString().replace('.000Z', 'Z'),
});

async function readHistory(states: SFNClient, executionArn: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await states.send(new GetExecutionHistoryCommand({ executionArn, nextToken, maxResults: 1000 }));
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** One of each that the cases' tasks work with, and how to remove it. */
async function createResources(
  config: object,
  name: string,
  role: string,
  undo: (() => Promise<unknown>)[],
): Promise<Record<string, string>> {
  const lambda = new LambdaClient(config);
  const s3 = new S3Client({ ...config, forcePathStyle: !isRemote });
  const sqs = new SQSClient(config);
  const sns = new SNSClient(config);
  const dynamo = new DynamoDBClient(config);
  undo.push(async () => {
    for (const client of [lambda, s3, sqs, sns, dynamo]) client.destroy();
  });

  const { FunctionArn: task = '' } = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'task.handler',
      Role: role,
      Timeout: 10,
      Code: { ZipFile: zip({ 'task.js': readFileSync(join(__dirname, 'functions/task.js'), 'utf8') }) },
    }),
  );
  undo.push(() => lambda.send(new DeleteFunctionCommand({ FunctionName: name })));
  await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 60 }, { FunctionName: name });

  await s3.send(new CreateBucketCommand({ Bucket: name }));
  undo.push(() => removeBucket(s3, name));

  const { QueueUrl: queue = '' } = await sqs.send(new CreateQueueCommand({ QueueName: name }));
  undo.push(() => sqs.send(new DeleteQueueCommand({ QueueUrl: queue })));
  const described = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['QueueArn'] }));

  const { TopicArn: topic = '' } = await sns.send(new CreateTopicCommand({ Name: name }));
  undo.push(() => sns.send(new DeleteTopicCommand({ TopicArn: topic })));

  await dynamo.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
    }),
  );
  undo.push(() => dynamo.send(new DeleteTableCommand({ TableName: name })));
  await waitUntilTableExists({ client: dynamo, maxWaitTime: 60, minDelay: isRemote ? 2 : 0.02 }, { TableName: name });

  const account = task.split(':')[4]!;
  const queueArn = described.Attributes!.QueueArn!;
  return { task, bucket: name, queue, queueArn, topic, table: name, role, account, region: REGION };
}

async function removeBucket(s3: S3Client, Bucket: string): Promise<void> {
  for (;;) {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    if (Contents.length === 0) break;
    const Objects = Contents.map(({ Key }) => ({ Key }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }
  await s3.send(new DeleteBucketCommand({ Bucket }));
}
