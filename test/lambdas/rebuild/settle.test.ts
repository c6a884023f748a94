/** What a rebuild waits for before it reads, and what stands in its way. */
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  waitUntilStreamExists,
} from '@aws-sdk/client-kinesis';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { logStore } from '../../../lambdas/consume/log-store';
import { ShardLog } from '../../../lambdas/consume/shard-log';
import { givenUpNotes } from '../../../lambdas/rebuild/given-up-notes';
import { settle } from '../../../lambdas/rebuild/settle';
import { streamState } from '../../../lambdas/rebuild/stream-state';
import { KINESIS_ATTEMPTS } from '../../../lambdas/shared/clients';
import { getItem, ledgerKeys, putItem } from '../../../lambdas/shared/ledger';
import { createKinesisService } from '../../../lib/local/services/kinesis';
import { createSqsService } from '../../../lib/local/services/sqs';
import { type LambdaCloud, startLambdaCloud } from '../cloud';

const SHARD = 'shardId-000000000000';
const MACHINES = 'arn:aws:states:us-east-1:000000000000:stateMachine';
const SPAN = { from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.000Z' };

let cloud: LambdaCloud;
let kinesis: KinesisClient;
let sqs: SQSClient;
let QueueUrl: string;
/** the last that was staged */
let file: string;
let runs = 0;

beforeAll(async () => {
  cloud = await startLambdaCloud(async () => [createKinesisService(), createSqsService()]);
  kinesis = new KinesisClient({ ...cloud.settings, maxAttempts: KINESIS_ATTEMPTS });
  sqs = new SQSClient(cloud.settings);
  QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: 'given-up' }))).QueueUrl!;
  await kinesis.send(new CreateStreamCommand({ StreamName: 'people', ShardCount: 1 }));
  await waitUntilStreamExists({ client: kinesis, maxWaitTime: 10, minDelay: 1, maxDelay: 1 }, { StreamName: 'people' });
  for (const name of ['stepwell-people', 'stepwell-feed']) {
    const definition = JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 600, End: true } } });
    const roleArn = 'arn:aws:iam::000000000000:role/machine';
    await cloud.stepFunctions.send(new CreateStateMachineCommand({ name, roleArn, definition }));
  }
});
afterAll(async () => {
  kinesis.destroy();
  sqs.destroy();
  await cloud.close();
});

/** As the first state of a run that has just begun. */
async function settling(): Promise<void> {
  const execution = {
    arn: `${MACHINES.replace('stateMachine', 'execution')}:stepwell-people:rebuild-${++runs}`,
    name: `rebuild-${runs}`,
    startedAt: new Date().toISOString(),
  };
  const raw = {
    pipeline: 'feed',
    schema: 'kept',
    table: 'raw',
    columns: [],
    receivedAt: 'received_at',
    column: 'received_at',
    wholeDays: false,
  };
  await settle({ pipeline: 'people', execution, raw }, SPAN, {
    ledger: cloud.ledger,
    stepFunctions: cloud.stepFunctions,
    landingBucket: 'landing',
    stream: streamState(kinesis, cloud.ledger, { pipeline: 'people', stream: 'people' }),
    givenUp: () => givenUpNotes(sqs, QueueUrl),
  });
}

const put = () =>
  kinesis.send(new PutRecordCommand({ StreamName: 'people', PartitionKey: 'ada', Data: Buffer.from('{}') }));

/** All that is on the stream, as the stream's function does. */
async function consume(): Promise<void> {
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({ StreamName: 'people', ShardId: SHARD, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }));
  const store = logStore({
    ledger: cloud.ledger,
    pipeline: 'people',
    shard: SHARD,
    retentionHours: 24,
    s3: cloud.s3,
    workBucket: 'work',
    landingBucket: 'landing',
    now: Date.now,
  });
  file = `streams/people/${Records.length}.ndjson.gz`;
  await new ShardLog(store).stage(
    Records.map(({ SequenceNumber }) => ({ sequence: SequenceNumber! })),
    { duplicatesAmong: async () => new Set(), content: async () => Buffer.from('{}\n'), keyOf: () => file },
  );
}

const claim = (status: 'claimed' | 'loaded' | 'failed') =>
  putItem(cloud.ledger, ledgerKeys.claim('people', 'landing', file), {
    status,
    runId: 'micro-1',
    revision: 1,
  });

async function begin(machine: string): Promise<{ arn: string; name: string; stop: () => Promise<void> }> {
  const { executionArn: arn } = await cloud.stepFunctions.send(
    new StartExecutionCommand({ stateMachineArn: `${MACHINES}:${machine}`, input: '{}' }),
  );
  const stop = async () => {
    await cloud.stepFunctions.send(new StopExecutionCommand({ executionArn: arn }));
    for (;;) {
      const { status } = await cloud.stepFunctions.send(new DescribeExecutionCommand({ executionArn: arn }));
      if (status !== 'RUNNING') return;
    }
  };
  return { arn: arn!, name: arn!.split(':').at(-1)!, stop };
}

test('it waits until records that came before are staged, and what was staged is published', async () => {
  await put();
  await expect(settling()).rejects.toThrow(
    /^Records that came at .* wait on shardId-000000000000 of the stream people/,
  );

  await consume();
  await expect(settling()).rejects.toThrow(/was staged before, and waits for the next run/);

  await claim('claimed');
  await expect(settling()).rejects.toMatchObject({
    name: 'StillRunning',
    message: expect.stringContaining('run micro-1'),
  });

  await claim('loaded');
  await settling();
  expect(await getItem(cloud.ledger, ledgerKeys.rebuilt('people', `rebuild-${runs}`))).toMatchObject({
    start: SPAN.from,
    end: SPAN.to,
  });
});

test('a batch that was given up is to be taken first, or it would come behind the rebuild', async () => {
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
  const refused = {
    name: 'SourceRefused',
    message: expect.stringMatching(
      /given up 1 batch of people: .*npx stepwell redrive people --given-up.*Then redrive/,
    ),
  };
  await expect(settling()).rejects.toMatchObject(refused);

  // Somebody is taking it, and may fail.
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 600 }));
  await expect(settling()).rejects.toMatchObject(refused);

  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]!.ReceiptHandle }));
  await settling();
});

test('a failed run whose records would come behind the rebuild is named, with what to do', async () => {
  await put();
  await consume();
  await claim('failed');

  await expect(settling()).rejects.toMatchObject({
    name: 'SourceRefused',
    message: expect.stringContaining('npx stepwell redrive people micro-1'),
  });

  await claim('loaded');
  const failed = await begin('stepwell-people');
  await failed.stop();
  const of = ledgerKeys.run('people', failed.name);
  await putItem(cloud.ledger, of, { status: 'FAILED', loadId: 'load-1', generation: 0 });
  await expect(settling()).rejects.toThrow(`npx stepwell rerun ${failed.name}`);

  // Another run has loaded the same since.
  await putItem(cloud.ledger, ledgerKeys.load('people', 'load-1'), { loaded: { runId: 'other', generation: 0 } });
  await settling();
});

test('a run that keeps records puts them on the stream first, also where it has failed between the two', async () => {
  const feed = await begin('stepwell-feed');
  await expect(settling()).rejects.toMatchObject({ name: 'StillRunning', message: expect.stringContaining(feed.name) });

  await feed.stop();
  await settling();
  await putItem(cloud.ledger, ledgerKeys.run('feed', feed.name), {
    status: 'FAILED',
    error: { step: 'Put kinesis:people', name: 'E', cause: 'c' },
  });
  await expect(settling()).rejects.toThrow(`npx stepwell redrive feed ${feed.name}`);
  await putItem(cloud.ledger, ledgerKeys.run('feed', feed.name), {
    status: 'FAILED',
    error: { step: 'Extract answers' },
  });
  await settling();
});

test('a run that loads again what was staged is waited for, one that publishes what comes is not', async () => {
  const run = await begin('stepwell-people');
  await putItem(cloud.ledger, ledgerKeys.run('people', run.name), { status: 'RUNNING', loadId: 'load-2' });
  await expect(settling()).rejects.toThrow(`The run ${run.name} loads again what was staged before.`);

  await putItem(cloud.ledger, ledgerKeys.run('people', run.name), {
    status: 'RUNNING',
    loadId: 'load-2',
    gathered: {},
  });
  await settling();
  await run.stop();
});
