/** Functions that read a Kinesis stream: each record gets to them, in the order of its key, whatever fails in between. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis';
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingRequest,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createIam } from '../../../lib/local/iam';
import { createKinesisService } from '../../../lib/local/services/kinesis';
import { createLambdaService } from '../../../lib/local/services/lambda';
import { createLogsService } from '../../../lib/local/services/logs';
import { createMonitoringService } from '../../../lib/local/services/monitoring';
import { createSqsService } from '../../../lib/local/services/sqs';
import { type Aws, connect, eventually } from '../../contract/aws';
import { zip } from '../../zip';

/** Notes each event that it gets; what its records say, it does. */
const FUNCTION = `
const { appendFileSync } = require('node:fs');
exports.handler = async (event) => {
  const texts = event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
  appendFileSync(process.env.OUT, JSON.stringify({ event, texts }) + '\\n');
  if (texts.includes('slow')) await new Promise((resolve) => setTimeout(resolve, 500));
  const bad = event.Records.filter((_, index) => texts[index].includes('poison'));
  if (process.env.REPORTS) return { batchItemFailures: bad.slice(0, 1).map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };
  if (bad.length > 0) throw new Error('poison');
  if (texts.includes('stateless')) return {};
  const more = texts.includes('large') ? { filler: 'x'.repeat(1_100_000) } : {};
  return { state: { sum: (event.state?.sum ?? 0) + texts.length, ...more } };
};`;

interface Invoked {
  readonly event: {
    readonly Records: readonly { readonly eventID: string; readonly kinesis: { readonly partitionKey: string } }[];
    readonly state?: { readonly sum?: number };
    readonly isFinalInvokeForWindow?: boolean;
    readonly isWindowTerminatedEarly?: boolean;
    readonly window?: { readonly start: string; readonly end: string };
  };
  readonly texts: readonly string[];
}

let aws: Aws;
let kinesis: KinesisClient;
let lambda: LambdaClient;
let sqs: SQSClient;
let folder: string;

async function open() {
  const iam = createIam({ account: '000000000000', region: 'us-east-1', now: Date.now });
  aws = await connect(() => [
    createKinesisService(),
    createSqsService(),
    createMonitoringService(),
    createLogsService(),
    createLambdaService({ iam }),
  ]);
  kinesis = new KinesisClient(aws.config);
  lambda = new LambdaClient(aws.config);
  sqs = new SQSClient(aws.config);
}
async function close() {
  for (const client of [kinesis, lambda, sqs]) client.destroy();
  await aws.close();
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streams-'));
  await open();
});
afterAll(async () => {
  await close();
  await rm(folder, { recursive: true, force: true });
});

async function reading(
  settings: Partial<CreateEventSourceMappingRequest> = {},
  { shards = 1, reports = false }: { readonly shards?: number; readonly reports?: boolean } = {},
) {
  const name = aws.name('stream');
  const out = join(folder, name);
  await kinesis.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }));
  const { StreamDescriptionSummary } = await kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }));
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: name,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/reader',
      Code: { ZipFile: zip({ 'index.js': FUNCTION }) },
      Environment: { Variables: { OUT: out, ...(reports ? { REPORTS: '1' } : {}) } },
      Timeout: 10,
    }),
  );
  const { UUID } = await lambda.send(
    new CreateEventSourceMappingCommand({
      FunctionName: name,
      EventSourceArn: StreamDescriptionSummary!.StreamARN!,
      StartingPosition: 'TRIM_HORIZON',
      ...settings,
    }),
  );
  const invoked = (): Invoked[] =>
    existsSync(out)
      ? readFileSync(out, 'utf8')
          .split('\n')
          // What stands behind the last end of a line is still being written.
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Invoked)
      : [];
  const texts = () => invoked().flatMap((one) => one.texts);
  return {
    name,
    uuid: UUID!,
    invoked,
    texts,
    put: (records: readonly (readonly [key: string, text: string])[]) =>
      kinesis.send(
        new PutRecordsCommand({
          StreamName: name,
          Records: records.map(([PartitionKey, text]) => ({ PartitionKey, Data: Buffer.from(text) })),
        }),
      ),
    until: (isWanted: (texts: readonly string[]) => boolean) => eventually(async () => texts(), isWanted),
    end: () => lambda.send(new DeleteEventSourceMappingCommand({ UUID })),
  };
}

test('events are as AWS writes them', async () => {
  const { put, until, invoked, name, end } = await reading();
  const { Records } = await put([['user-1', 'héllo']]);
  await until((texts) => texts.length === 1);
  expect(invoked()[0]?.event).toEqual({
    Records: [
      {
        kinesis: {
          kinesisSchemaVersion: '1.0',
          partitionKey: 'user-1',
          sequenceNumber: Records![0]!.SequenceNumber,
          data: Buffer.from('héllo').toString('base64'),
          approximateArrivalTimestamp: expect.any(Number),
        },
        eventSource: 'aws:kinesis',
        eventVersion: '1.0',
        eventID: `shardId-000000000000:${Records![0]!.SequenceNumber}`,
        eventName: 'aws:kinesis:record',
        invokeIdentityArn: 'arn:aws:iam::000000000000:role/reader',
        awsRegion: 'us-east-1',
        eventSourceARN: `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`,
      },
    ],
  });
  await end();
});

test('records come once, in the order of their keys, though the cloud starts anew and shards split', async () => {
  const { put, until, texts, invoked, name, end } = await reading(
    { BatchSize: 7, ParallelizationFactor: 3 },
    { shards: 2 },
  );
  const records = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => [`key-${(from + i) % 5}`, `${from + i}`] as const);
  await put(records(0, 100));
  await until((all) => all.length > 0);
  await aws.restart();
  await kinesis.send(
    new SplitShardCommand({
      StreamName: name,
      ShardToSplit: 'shardId-000000000000',
      NewStartingHashKey: '5'.padEnd(37, '0'),
    }),
  );
  await put(records(100, 200));
  await until((all) => new Set(all).size === 200);
  const byKey = new Map<string, number[]>();
  for (const { event, texts: own } of invoked())
    for (const [index, { kinesis: record }] of event.Records.entries())
      byKey.set(record.partitionKey, [...(byKey.get(record.partitionKey) ?? []), Number(own[index])]);
  for (const [key, numbers] of byKey) {
    const first = [...new Set(numbers)];
    expect([key, first]).toEqual([key, first.toSorted((a, b) => a - b)]);
  }
  // Only a batch that was under way at the restart may have come twice.
  expect(texts().length).toBeLessThanOrEqual(200 + 2 * 3 * 7);
  await end();
});

test('a poison record is found by halves, given up, and told to a queue; all others arrive', async () => {
  const queueName = aws.name('dead');
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: queueName }));
  const { put, until, name, end } = await reading({
    BisectBatchOnFunctionError: true,
    MaximumRetryAttempts: 0,
    DestinationConfig: { OnFailure: { Destination: `arn:aws:sqs:us-east-1:000000000000:${queueName}` } },
  });
  const { Records } = await put([
    ['k', 'a'],
    ['k', 'b'],
    ['k', 'poison'],
    ['k', 'c'],
    ['k', 'd'],
  ]);
  const { Messages } = await eventually(
    () => sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 })),
    (answer) => (answer.Messages ?? []).length > 0,
  );
  const sequence = Records![2]!.SequenceNumber;
  expect(JSON.parse(Messages![0]!.Body!)).toMatchObject({
    requestContext: {
      functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 1,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    KinesisBatchInfo: {
      shardId: 'shardId-000000000000',
      startSequenceNumber: sequence,
      endSequenceNumber: sequence,
      batchSize: 1,
      streamArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${name}`,
    },
  });
  await until((texts) => texts.at(-1) === 'd');
  await end();
});

test('what a function has done of a batch does not come again', async () => {
  const { put, until, invoked, end } = await reading(
    { FunctionResponseTypes: ['ReportBatchItemFailures'], MaximumRetryAttempts: 1 },
    { reports: true },
  );
  await put([
    ['k', 'a'],
    ['k', 'poison'],
    ['k', 'b'],
  ]);
  await until((texts) => texts.length >= 5);
  await put([['k', 'c']]);
  await until((texts) => texts.at(-1) === 'c');
  expect(invoked().map(({ texts }) => texts)).toEqual([['a', 'poison', 'b'], ['poison', 'b'], ['c']]);
  await end();
});

test('windows hand their state on, and end with time', async () => {
  const { put, until, invoked, end } = await reading({ TumblingWindowInSeconds: 2, BatchSize: 2 });
  await put([
    ['k', '1'],
    ['k', '2'],
    ['k', '3'],
  ]);
  await until(() => invoked().some(({ event }) => event.isFinalInvokeForWindow === true));
  const finals = invoked().filter(({ event }) => event.isFinalInvokeForWindow);
  expect(finals.reduce((sum, { event }) => sum + (event.state?.sum ?? 0), 0)).toBe(3);
  const { start, end: to } = finals[0]!.event.window!;
  expect(Date.parse(to) - Date.parse(start)).toBe(2_000);
  await end();
});

test('a window does not end before what waits for its batch to fill', async () => {
  const { put, until, invoked, end } = await reading({
    TumblingWindowInSeconds: 1,
    MaximumBatchingWindowInSeconds: 3,
    BatchSize: 2,
  });
  const finals = () => invoked().filter(({ event }) => event.isFinalInvokeForWindow);
  const counted = () => finals().reduce((sum, { event }) => sum + (event.state?.sum ?? 0), 0);
  await put([
    ['k', '1'],
    ['k', '2'],
    ['k', '3'],
  ]);
  await until(() => counted() === 3);
  const starts = finals().map(({ event }) => event.window!.start);
  expect(starts).toEqual([...new Set(starts)]);
  await end();
});

test('an answer without a state is a failure, and a window with too large a state ends early', async () => {
  const { put, until, invoked, end } = await reading({
    TumblingWindowInSeconds: 900,
    BatchSize: 1,
    MaximumRetryAttempts: 1,
  });
  await put([
    ['k', 'stateless'],
    ['k', 'large'],
    ['k', 'a'],
  ]);
  await until((texts) => texts.at(-1) === 'a');
  const told = invoked().map(({ event, texts }) => ({
    texts,
    early: event.isWindowTerminatedEarly,
    state: event.state,
  }));
  expect(told.filter(({ texts, early }) => texts.length > 0 || early)).toEqual([
    { texts: ['stateless'], early: false, state: {} },
    { texts: ['stateless'], early: false, state: {} },
    { texts: ['large'], early: false, state: {} },
    { texts: [], early: true, state: { sum: 1, filler: expect.any(String) } },
    { texts: ['a'], early: false, state: {} },
  ]);
  await end();
});

test('a filter drops what it does not want', async () => {
  const { put, until, texts, end } = await reading({
    FilterCriteria: { Filters: [{ Pattern: '{"data":{"kind":["click"]}}' }] },
  });
  await put([
    ['k', '{"kind":"view"}'],
    ['k', '{"kind":"click"}'],
    ['k', 'no JSON'],
  ]);
  await until((all) => all.length > 0);
  expect(texts()).toEqual(['{"kind":"click"}']);
  await end();
});

test('a mapping that is removed while its function runs is forgotten before the cloud has stopped', async () => {
  const { put, until, end } = await reading();
  // How far it has come is kept once the first batch is done.
  for (const text of ['a', 'slow']) {
    await put([['k', text]]);
    await until((texts) => texts.at(-1) === text);
  }
  await end();
  await close();
  await open();
});

test('settings are told, changed, and refused where they are not allowed', async () => {
  const { uuid, name, end } = await reading({ StartingPosition: 'LATEST', BatchSize: 10 });
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, MaximumRetryAttempts: 3 }));
  expect(await lambda.send(new GetEventSourceMappingCommand({ UUID: uuid }))).toMatchObject({
    StartingPosition: 'LATEST',
    BatchSize: 10,
    ParallelizationFactor: 1,
    MaximumRetryAttempts: 3,
    MaximumRecordAgeInSeconds: -1,
    BisectBatchOnFunctionError: false,
    TumblingWindowInSeconds: 0,
  });
  const input = { FunctionName: name, EventSourceArn: `arn:aws:kinesis:us-east-1:000000000000:stream/${name}-none` };
  const create = (more: object) =>
    lambda.send(new CreateEventSourceMappingCommand({ ...input, ...more })).then(String, (error: Error) => error.name);
  expect(await create({})).toBe('InvalidParameterValueException');
  expect(await create({ StartingPosition: 'LATEST' })).toBe('InvalidParameterValueException');
  expect(await create({ StartingPosition: 'LATEST', ParallelizationFactor: 11 })).toBe(
    'InvalidParameterValueException',
  );
  await end();
});
