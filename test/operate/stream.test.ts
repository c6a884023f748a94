/** How a stream does, as the services tell: of a stream that a function reads. Pausing is of its mapping as well. */
import { CloudWatchClient, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import { CreateTableCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  EnableEnhancedMonitoringCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { streamLines } from '../../lib/cli/show-stream';
import { createIam } from '../../lib/local/iam';
import { createDynamoDbService } from '../../lib/local/services/dynamodb';
import { createEventsService } from '../../lib/local/services/events';
import { createKinesisService } from '../../lib/local/services/kinesis';
import { createLambdaService } from '../../lib/local/services/lambda';
import { createLogsService } from '../../lib/local/services/logs';
import { createMonitoringService } from '../../lib/local/services/monitoring';
import { createS3Service } from '../../lib/local/services/s3';
import { createSchedulerService } from '../../lib/local/services/scheduler';
import { createSqsService } from '../../lib/local/services/sqs';
import { createStsService } from '../../lib/local/services/sts';
import type { Connection, Deployed, DeployedPipeline, DeployedStream } from '../../lib/operate/connection';
import { type TakenAgain, takeAgain } from '../../lib/operate/given-up';
import { pausePipeline } from '../../lib/operate/pause';
import { stateOf } from '../../lib/operate/pause-note';
import { setStarts, startsOf } from '../../lib/operate/starts';
import { streamState } from '../../lib/operate/stream';
import { type Aws, connect, eventually } from '../contract/aws';
import { zip } from '../zip';

let aws: Aws;
let connection: Connection;
let at: DeployedPipeline & { readonly stream: DeployedStream };
let lambda: LambdaClient;
const stacks: Deployed = { foundation: { LedgerTableName: 'ledger' }, pipelines: [], where: 'the local cloud' };

beforeAll(async () => {
  const iam = createIam({ account: '000000000000', region: 'us-east-1', now: Date.now });
  aws = await connect(
    (stateDir) =>
      [
        createKinesisService(),
        createSqsService(),
        createMonitoringService(),
        createLogsService(),
        createLambdaService({ iam }),
        createS3Service({ stateDir }),
        createDynamoDbService(),
        createEventsService(),
        createSchedulerService(),
        createStsService(),
      ] as never,
  );
  connection = {
    client: aws.config as Connection['client'],
    target: { kind: 'local', endpoint: '', stateDir: '' },
  };
  lambda = new LambdaClient(aws.config);
  const kinesis = new KinesisClient(aws.config);
  await kinesis.send(new CreateStreamCommand({ StreamName: 'users', ShardCount: 2 }));
  await kinesis.send(
    new EnableEnhancedMonitoringCommand({
      StreamName: 'users',
      ShardLevelMetrics: ['IncomingBytes', 'IncomingRecords'],
    }),
  );
  const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'users' }));
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: 'consume',
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/consume',
      Code: { ZipFile: zip({ 'index.js': 'exports.handler = async () => ({ batchItemFailures: [] });' }) },
    }),
  );
  const { UUID } = await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: 'consume',
      EventSourceArn: StreamDescriptionSummary!.StreamARN!,
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 500,
      ParallelizationFactor: 2,
    }),
  );
  const sqs = new SQSClient(aws.config);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'given-up' }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
  const s3 = new S3Client({ ...aws.config, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'landing' }));
  const ledger = new DynamoDBClient(aws.config);
  await ledger.send(
    new CreateTableCommand({
      TableName: 'ledger',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    }),
  );
  await ledger.send(
    new PutItemCommand({
      TableName: 'ledger',
      Item: marshall({
        pk: 'gather#users',
        sk: 'group#all',
        group: 'all',
        files: 3,
        openedAt: '2026-11-20T10:00:00Z',
        lastAt: '2026-11-20T10:00:04Z',
      }),
    }),
  );
  at = {
    name: 'users',
    stateMachineArn: 'arn:aws:states:us-east-1:000000000000:stateMachine:stepwell-users',
    landingBucket: 'landing',
    stackName: 'Stepwell-Users',
    stream: { name: 'users', mappingId: UUID!, givenUpQueueUrl: QueueUrl! },
  };
});
afterAll(() => aws.close());

test('a stream that nothing has been put on', async () => {
  const state = await streamState(connection, stacks, at);

  expect(state).toMatchObject({
    pipeline: 'users',
    stream: 'users',
    status: 'ACTIVE',
    retentionHours: 24,
    mapping: { batchSize: 500, parallel: 2 },
    put: { recordsPerSecond: 0, bytesPerSecond: 0 },
    refusedPuts: 0,
    givenUp: 1,
    waiting: { group: 'all', files: 3 },
  });
  expect(state.shards.map(({ isOpen, heat }) => [isOpen, heat])).toEqual([
    [true, 0],
    [true, 0],
  ]);
  expect(state).not.toHaveProperty('lastStaged');
});

test('records a second, each shard’s heat, how far behind, and what is staged', async () => {
  const Records = Array.from({ length: 300 }, () => ({ PartitionKey: 'one', Data: Buffer.alloc(100) }));
  await new KinesisClient(aws.config).send(new PutRecordsCommand({ StreamName: 'users', Records }));
  const now = new Date();
  const hour = now.toISOString().slice(0, 13).replace('T', '/').replaceAll('-', '/');
  const Key = `streams/users/${hour}/shardId-000000000000-1-1.ndjson.gz`;
  const s3 = new S3Client({ ...aws.config, forcePathStyle: true });
  await new CloudWatchClient(aws.config).send(
    new PutMetricAlarmCommand({
      AlarmName: 'stepwell-users-stream-late',
      Namespace: 'AWS/Kinesis',
      MetricName: 'GetRecords.IteratorAgeMilliseconds',
      Dimensions: [{ Name: 'StreamName', Value: 'users' }],
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 900_000,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  await s3.send(new PutObjectCommand({ Bucket: 'landing', Key, Body: 'x'.repeat(2048) }));

  const state = await eventually(
    () => streamState(connection, stacks, at, new Date(Date.now() + 1000)),
    (one) => one.put.recordsPerSecond > 0 && one.iteratorAgeMs !== undefined,
  );

  expect(state.put.recordsPerSecond).toBeCloseTo(1);
  expect(state.put.bytesPerSecond).toBeGreaterThanOrEqual(100);
  const [hot, cold] = [...state.shards].sort((a, b) => b.heat - a.heat);
  expect(hot).toMatchObject({ recordsPerSecond: 1, heat: expect.closeTo(0.005) });
  expect(cold!.heat).toBe(0);
  expect(state.lastStaged).toMatchObject({ key: Key, bytes: 2048 });
  expect(streamLines({ ...state, iteratorAgeMs: 1500, refusedPuts: 2 }, 'active').map(plain)).toEqual(
    expect.arrayContaining([
      'Pipeline  users',
      'Behind    1.5 s; an alarm tells of more than 15 min 00 s',
      expect.stringMatching(/^Put {7}1.00 records\/s, 1\d\d B\/s, over 5 minutes$/),
      'Too hot   2 puts refused',
      expect.stringMatching(/^Given up {2}1 batch; to take them again, .*: npx stepwell redrive users --given-up$/),
      expect.stringContaining(`2.0 KiB at `),
      expect.stringMatching(/^Waits {5}3 files since .*, for the next run$/),
    ]),
  );
});

test('what was given up is taken again; what cannot be is told, hinders nothing, and is tried once', async () => {
  const kinesis = new KinesisClient(aws.config);
  const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'users' }));
  const put = await kinesis.send(
    new PutRecordsCommand({
      StreamName: 'users',
      Records: Array.from({ length: 3 }, () => ({ PartitionKey: 'two', Data: Buffer.from('x') })),
    }),
  );
  const [first, , last] = put.Records!.map(({ SequenceNumber }) => SequenceNumber!);
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      StreamName: 'users',
      ShardId: put.Records![0]!.ShardId,
      ShardIteratorType: 'TRIM_HORIZON',
    }),
  );
  const { Records: [oldest] = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  kinesis.destroy();
  const note = (startSequenceNumber: string, endSequenceNumber: string, more = {}) =>
    JSON.stringify({
      requestContext: { condition: 'RetryAttemptsExhausted' },
      KinesisBatchInfo: {
        shardId: put.Records![0]!.ShardId,
        startSequenceNumber,
        endSequenceNumber,
        approximateArrivalOfFirstRecord: '2026-11-20T10:00:00Z',
        batchSize: 3,
        streamArn: StreamDescriptionSummary!.StreamARN,
        ...more,
      },
    });
  // The one before the oldest is kept no more; as many as the batch had lie between, of other lanes.
  const gone = String(BigInt(oldest!.SequenceNumber!) - 1n);
  const sqs = new SQSClient(aws.config);
  const QueueUrl = at.stream.givenUpQueueUrl;
  for (const MessageBody of [note(first!, last!), note(gone, last!), note('49', last!), 'no document'])
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const outcomes = async (dropExpired: boolean) =>
    (await takeAgain(connection, at.stream, { dropExpired })).map(({ outcome }) => outcome).toSorted();

  const told: TakenAgain[] = [];
  await takeAgain(connection, at.stream, { dropExpired: false, told: (batch) => told.push(batch) });

  // With the one that the queue had already.
  expect(told).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ outcome: 'taken', records: 3 }),
      expect.objectContaining({ outcome: 'expired', missing: 1 }),
      expect.objectContaining({ outcome: 'failed', error: expect.stringContaining('InvalidArgumentException') }),
      expect.objectContaining({ outcome: 'failed', shard: '?' }),
    ]),
  );
  expect(await outcomes(true)).toEqual(['expired', 'failed', 'failed', 'failed']);
  expect(await outcomes(false)).toEqual(['failed', 'failed', 'failed']);
  sqs.destroy();
});

test('a paused pipeline takes no records; resumed, it does', async () => {
  const mapping = async () =>
    (await lambda.send(new GetEventSourceMappingCommand({ UUID: at.stream.mappingId }))).State;

  const paused = await pausePipeline(connection, stacks, at, 'the table moves');

  expect(paused.starts).toEqual([{ kind: 'mapping', name: at.stream.mappingId }]);
  expect(await eventually(mapping, (state) => state === 'Disabled')).toBe('Disabled');
  expect(await stateOf(connection, stacks, at)).toMatchObject({ state: 'paused', note: { reason: 'the table moves' } });

  await setStarts(connection, await startsOf(connection, at), true);

  expect(await eventually(mapping, (state) => state === 'Enabled')).toBe('Enabled');
  expect(await startsOf(connection, at)).toEqual([{ kind: 'mapping', name: at.stream.mappingId, enabled: true }]);
});

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal
const plain = (line: string): string => line.replace(/\u001b\[\d+m/g, '');
