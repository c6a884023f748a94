import { Readable } from 'node:stream';
import { CloudWatchClient, GetMetricDataCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient, ListFunctionsCommand, ListTagsCommand } from '@aws-sdk/client-lambda';
import { BatchExecuteStatementCommand, ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import {
  GetBucketLocationCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { AwsError } from '../../../lib/local/service';
import { client, service, startCloud, type TestCloud, textOf } from './services';

const at = new Date('2026-03-01T12:30:45.678Z');
const seen: Record<string, unknown> = {};

const services = [
  service('states', {
    StartExecution: (input) => {
      seen.StartExecution = input;
      return { executionArn: `arn:${input.name}`, startDate: at };
    },
    DescribeExecution: (input) => {
      throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${input.executionArn}'`);
    },
  }),
  service('lambda', {
    Invoke: (input) => {
      seen.Invoke = { ...input, Payload: Buffer.from(input.Payload).toString() };
      return {
        StatusCode: 202,
        FunctionError: 'Unhandled',
        Payload: Buffer.from('{"é":1}'),
        ExecutedVersion: '$LATEST',
      };
    },
    ListFunctions: (input) => ({
      Functions: [{ FunctionName: `f${input.MaxItems}`, LastModified: 'x', MemorySize: 512 }],
    }),
    ListTags: (input) => {
      throw new AwsError('ResourceNotFoundException', `Function not found: ${input.Resource}`, 404);
    },
  }),
  service('rds-data', {
    ExecuteStatement: (input) => {
      seen.ExecuteStatement = input;
      return {
        records: [
          [
            { stringValue: 'ä' },
            { longValue: 2 },
            { isNull: true },
            { blobValue: Buffer.from([1, 2, 255]) },
            { arrayValue: { longValues: [1, 2] } },
          ],
        ],
        numberOfRecordsUpdated: 0,
      };
    },
    BatchExecuteStatement: () => ({ updateResults: [{ generatedFields: [] }] }),
  }),
  service('scheduler', {
    GetSchedule: (input) => ({ Name: input.Name, GroupName: input.GroupName, CreationDate: at }),
  }),
  service('secretsmanager', {
    GetSecretValue: () => ({
      SecretString: '{"a":"b"}',
      CreatedDate: at,
      SecretBinary: Buffer.from('bin'),
      VersionStages: ['AWSCURRENT'],
    }),
  }),
  service('sns', {
    Publish: (input) => {
      seen.Publish = input;
      if (input.TopicArn === 'arn:none') throw new AwsError('NotFoundException', 'Topic does not exist', 404);
      return { MessageId: 'id <&> "1"' };
    },
    PublishBatch: (input) => {
      seen.PublishBatch = input;
      return {
        Successful: input.PublishBatchRequestEntries.map((entry: { Id: string }) => ({ Id: entry.Id, MessageId: 'm' })),
        Failed: [],
      };
    },
  }),
  service('sts', { GetCallerIdentity: (_input) => ({ Account: '000000000000', Arn: 'arn:me', UserId: 'me' }) }),
  service('sqs', {
    ReceiveMessage: () => ({
      Messages: [
        {
          MessageId: '1',
          Body: 'b',
          MD5OfBody: '92eb5ffee6ae2fec3ad71c777531578f',
          Attributes: { SentTimestamp: '1' },
        },
      ],
    }),
    GetQueueUrl: () => {
      throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
    },
  }),
  service('monitoring', {
    PutMetricData: (input) => {
      seen.PutMetricData = input;
      return {};
    },
    GetMetricData: () => ({ MetricDataResults: [{ Id: 'm', Timestamps: [at], Values: [1.5] }] }),
  }),
  service('s3', {
    PutObject: async (input) => {
      seen.PutObject = { ...input, Body: await textOf(input.Body) };
      return { ETag: '"e"', VersionId: 'v1' };
    },
    GetObject: (input) => ({
      Body: Readable.from([Buffer.from(`${input.Bucket}|`), Buffer.from(input.Key)]),
      Metadata: { 'a-b': 'c' },
      LastModified: at,
      ContentType: 'text/x',
    }),
    ListObjectsV2: (input) => ({
      Name: input.Bucket,
      Contents: [{ Key: 'a\n<b> &', Size: 1, LastModified: at }],
      CommonPrefixes: [{ Prefix: 'p/' }],
      IsTruncated: false,
    }),
    GetBucketLocation: () => ({ LocationConstraint: 'eu-west-1' }),
  }),
];

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startCloud(services);
});
afterAll(() => cloud.stop());

describe('awsJson', () => {
  test('carries input, timestamps and errors of a json 1.0 service', async () => {
    const sfn = new SFNClient(client(cloud));

    const started = await sfn.send(new StartExecutionCommand({ stateMachineArn: 'arn:m', name: 'näme', input: '{}' }));

    expect(seen.StartExecution).toEqual({ stateMachineArn: 'arn:m', name: 'näme', input: '{}' });
    expect(started).toMatchObject({ executionArn: 'arn:näme', startDate: at });
    await expect(sfn.send(new DescribeExecutionCommand({ executionArn: 'arn:x' }))).rejects.toMatchObject({
      name: 'ExecutionDoesNotExist',
      message: "Execution Does Not Exist: 'arn:x'",
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('refuses a request without a required member', async () => {
    const sfn = new SFNClient(client(cloud));

    await expect(sfn.send(new StartExecutionCommand({ stateMachineArn: undefined }))).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("'stateMachineArn' failed to satisfy constraint: Member must not be null"),
    });
  });

  test('carries blobs and dates of a json 1.1 service', async () => {
    const secret = await new SecretsManagerClient(client(cloud)).send(new GetSecretValueCommand({ SecretId: 's' }));

    expect(secret).toMatchObject({ SecretString: '{"a":"b"}', CreatedDate: at, VersionStages: ['AWSCURRENT'] });
    expect(Buffer.from(secret.SecretBinary as Uint8Array).toString()).toBe('bin');
  });

  test('tells errors of services that once spoke the query protocol by both of their codes', async () => {
    const sqs = new SQSClient(client(cloud));

    expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl: 'u' }))).Messages).toEqual([
      { MessageId: '1', Body: 'b', MD5OfBody: '92eb5ffee6ae2fec3ad71c777531578f', Attributes: { SentTimestamp: '1' } },
    ]);
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'q' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
      Error: { Code: 'AWS.SimpleQueueService.NonExistentQueue' },
    });
  });

  test('takes a gzipped body', async () => {
    const cloudwatch = new CloudWatchClient({ ...client(cloud), requestMinCompressionSizeBytes: 1 });
    const MetricData = Array.from({ length: 500 }, (_, index) => ({
      MetricName: `m${index}`,
      Value: index,
      Timestamp: at,
    }));

    await cloudwatch.send(new PutMetricDataCommand({ Namespace: 'n', MetricData }));

    expect(seen.PutMetricData).toEqual({ Namespace: 'n', MetricData });
    expect(
      (await cloudwatch.send(new GetMetricDataCommand({ StartTime: at, EndTime: at, MetricDataQueries: [] })))
        .MetricDataResults,
    ).toEqual([{ Id: 'm', Timestamps: [at], Values: [1.5] }]);
  });
});

describe('restJson1', () => {
  test('carries labels, headers, a blob payload and the status', async () => {
    const lambda = new LambdaClient(client(cloud));

    const answer = await lambda.send(
      new InvokeCommand({
        FunctionName: 'my:fn',
        InvocationType: 'Event',
        Payload: Buffer.from('{"x":1}'),
        Qualifier: 'v 1',
      }),
    );

    expect(seen.Invoke).toEqual({
      FunctionName: 'my:fn',
      InvocationType: 'Event',
      Payload: '{"x":1}',
      Qualifier: 'v 1',
    });
    expect(answer).toMatchObject({ StatusCode: 202, FunctionError: 'Unhandled', ExecutedVersion: '$LATEST' });
    expect(Buffer.from(answer.Payload as Uint8Array).toString()).toBe('{"é":1}');
  });

  test('carries query parameters and errors with their status', async () => {
    const lambda = new LambdaClient(client(cloud));

    expect((await lambda.send(new ListFunctionsCommand({ MaxItems: 7 }))).Functions).toEqual([
      { FunctionName: 'f7', LastModified: 'x', MemorySize: 512 },
    ]);
    await expect(lambda.send(new ListTagsCommand({ Resource: 'arn:aws:lambda:x' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: 'Function not found: arn:aws:lambda:x',
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('carries unions and blobs inside a document', async () => {
    const data = new RDSDataClient(client(cloud));

    const answer = await data.send(
      new ExecuteStatementCommand({
        resourceArn: 'a',
        secretArn: 's',
        sql: 'select 1',
        parameters: [{ name: 'p', value: { blobValue: Buffer.from([0, 255]) } }],
      }),
    );

    expect(seen.ExecuteStatement).toMatchObject({
      sql: 'select 1',
      parameters: [{ name: 'p', value: { blobValue: new Uint8Array([0, 255]) } }],
    });
    expect(answer.records).toEqual([
      [
        { stringValue: 'ä' },
        { longValue: 2 },
        { isNull: true },
        { blobValue: new Uint8Array([1, 2, 255]) },
        { arrayValue: { longValues: [1, 2] } },
      ],
    ]);
    expect(
      (await data.send(new BatchExecuteStatementCommand({ resourceArn: 'a', secretArn: 's', sql: 'x' }))).updateResults,
    ).toEqual([{ generatedFields: [] }]);
  });

  test('decodes a path label and keeps dates', async () => {
    const answer = await new SchedulerClient(client(cloud)).send(
      new GetScheduleCommand({ Name: 'a.b_c', GroupName: 'g' }),
    );

    expect(answer).toMatchObject({ Name: 'a.b_c', GroupName: 'g', CreationDate: at });
  });
});

describe('awsQuery', () => {
  test('carries nested maps and blobs in, and text that needs escaping out', async () => {
    const sns = new SNSClient(client(cloud));
    const MessageAttributes = {
      one: { DataType: 'String', StringValue: 'ü & +' },
      two: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
    };

    const answer = await sns.send(
      new PublishCommand({ TopicArn: 'arn:t', Message: 'line 1\nline 2', MessageAttributes }),
    );

    expect(answer.MessageId).toBe('id <&> "1"');
    expect(seen.Publish).toEqual({ TopicArn: 'arn:t', Message: 'line 1\nline 2', MessageAttributes });
    await expect(sns.send(new PublishCommand({ TopicArn: 'arn:none', Message: 'm' }))).rejects.toMatchObject({
      name: 'NotFoundException',
      message: 'Topic does not exist',
    });
  });

  test('carries lists both ways, and an empty input', async () => {
    const sns = new SNSClient(client(cloud));

    const answer = await sns.send(
      new PublishBatchCommand({
        TopicArn: 't',
        PublishBatchRequestEntries: [
          { Id: 'a', Message: '1' },
          { Id: 'b', Message: '2' },
        ],
      }),
    );

    expect(answer.Successful).toEqual([
      { Id: 'a', MessageId: 'm' },
      { Id: 'b', MessageId: 'm' },
    ]);
    expect((await new STSClient(client(cloud)).send(new GetCallerIdentityCommand({}))).Account).toBe('000000000000');
  });
});

describe('restXml', () => {
  const s3 = () => new S3Client({ ...client(cloud), forcePathStyle: true });

  test('streams a body in, with its metadata, and strips the transfer encoding', async () => {
    const Body = Readable.from([Buffer.from('hello '), Buffer.from('world')]);

    const answer = await s3().send(
      new PutObjectCommand({
        Bucket: 'my.bucket',
        Key: 'a/b c+d%2F"é🎉',
        Body,
        ContentLength: 11,
        ContentEncoding: 'gzip',
        Metadata: { UPPER: 'é' },
      }),
    );

    expect(answer).toMatchObject({ ETag: '"e"', VersionId: 'v1' });
    expect(seen.PutObject).toMatchObject({
      Bucket: 'my.bucket',
      Key: 'a/b c+d%2F"é🎉',
      Body: 'hello world',
      ContentEncoding: 'gzip',
      Metadata: { upper: 'é' },
    });
  });

  test('streams a body out', async () => {
    const answer = await s3().send(new GetObjectCommand({ Bucket: 'b', Key: '../../etc//passwd' }));

    expect(await answer.Body?.transformToString()).toBe('b|../../etc//passwd');
    expect(answer).toMatchObject({
      Metadata: { 'a-b': 'c' },
      ContentType: 'text/x',
      LastModified: new Date('2026-03-01T12:30:45.000Z'),
    });
  });

  test('answers in XML, with an unwrapped bucket location', async () => {
    const listed = await s3().send(new ListObjectsV2Command({ Bucket: 'b' }));

    expect(listed).toMatchObject({
      Name: 'b',
      Contents: [{ Key: 'a\n<b> &', Size: 1, LastModified: at }],
      CommonPrefixes: [{ Prefix: 'p/' }],
    });
    expect((await s3().send(new GetBucketLocationCommand({ Bucket: 'b' }))).LocationConstraint).toBe('eu-west-1');
  });
});
