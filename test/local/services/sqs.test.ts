import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqsService } from '../../../lib/local/services/sqs';
import { openQueue } from '../../../lib/local/services/sqs/queue';
import { type Call, type TestCloud, testClock, testCloud } from '../cloud';

const SECOND = 1_000;
const url = (name: string) => `http://127.0.0.1:4510/000000000000/${name}`;
const arn = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;

let cloud: TestCloud;
let clock: ReturnType<typeof testClock>;
let metrics: Call[];

beforeEach(async () => {
  clock = testClock();
  metrics = [];
  cloud = await testCloud({
    services: () => [createSqsService()],
    clock,
    other: (call) => {
      metrics.push(call);
      return {};
    },
  });
  await run('CreateQueue', { QueueName: 'q' });
});
afterEach(() => cloud.stop());

const run = (operation: string, input: object = {}) => cloud.run('sqs', operation, input);
const send = (MessageBody: string, input: object = {}) =>
  run('SendMessage', { QueueUrl: url('q'), MessageBody, ...input });
const receive = async (input: object = {}) =>
  (await run('ReceiveMessage', { QueueUrl: url('q'), MaxNumberOfMessages: 10, ...input })).Messages ?? [];
const bodies = async (input: object = {}) => (await receive(input)).map(({ Body }: { Body: string }) => Body);
const counts = async (name = 'q') => {
  const { Attributes } = await run('GetQueueAttributes', { QueueUrl: url(name), AttributeNames: ['All'] });
  return [
    Attributes.ApproximateNumberOfMessages,
    Attributes.ApproximateNumberOfMessagesNotVisible,
    Attributes.ApproximateNumberOfMessagesDelayed,
  ].map(Number);
};

test('a message is received, hidden, and received again until it is deleted', async () => {
  const { MessageId, MD5OfMessageBody } = await send('hello');
  const [first] = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'] });

  expect(first).toEqual({
    MessageId,
    ReceiptHandle: expect.any(String),
    Body: 'hello',
    MD5OfBody: createHash('md5').update('hello').digest('hex'),
    Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(clock.now()) },
  });
  expect(MD5OfMessageBody).toBe(first.MD5OfBody);
  expect(await receive()).toEqual([]);
  expect(await counts()).toEqual([0, 1, 0]);

  await clock.advance(30 * SECOND);
  const [second] = await receive({ AttributeNames: ['ApproximateReceiveCount'] });
  expect(second.Attributes).toEqual({ ApproximateReceiveCount: '2' });

  await run('DeleteMessage', { QueueUrl: url('q'), ReceiptHandle: first.ReceiptHandle });
  expect(await counts()).toEqual([0, 1, 0]);
  await run('DeleteMessage', { QueueUrl: url('q'), ReceiptHandle: second.ReceiptHandle });
  expect(await counts()).toEqual([0, 0, 0]);
});

test('racing receivers never share a message', async () => {
  await Promise.all(Array.from({ length: 50 }, (_, n) => send(String(n))));

  const received = (await Promise.all(Array.from({ length: 20 }, () => bodies()))).flat();

  expect(new Set(received).size).toBe(50);
  expect(received).toHaveLength(50);
});

test('messages, their receive counts and their visibility survive a restart', async () => {
  await send('visible');
  await send('delayed', { DelaySeconds: 60 });
  await receive({ MaxNumberOfMessages: 1 });

  await cloud.restart();

  expect(await counts()).toEqual([0, 1, 1]);
  await clock.advance(60 * SECOND);
  expect(await bodies()).toEqual(['visible', 'delayed']);
});

test('a long poll ends with the first message, or empty when its time is over', async () => {
  const waiting = bodies({ WaitTimeSeconds: 20 });
  await clock.advance(5 * SECOND);
  await send('late');
  expect(await waiting).toEqual(['late']);

  const empty = bodies({ WaitTimeSeconds: 10 });
  await clock.advance(10 * SECOND);
  expect(await empty).toEqual([]);

  const again = bodies({ WaitTimeSeconds: 20 });
  await clock.advance(20 * SECOND);
  expect(await again).toEqual(['late']);
});

test('a long poll ends when the cloud stops', async () => {
  const waiting = bodies({ WaitTimeSeconds: 20 });
  await clock.advance(0);
  await cloud.restart();
  expect(await waiting).toEqual([]);
});

test('what was received too often moves to the dead-letter queue', async () => {
  await run('CreateQueue', { QueueName: 'dead' });
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn('dead'), maxReceiveCount: 2 });
  await run('SetQueueAttributes', { QueueUrl: url('q'), Attributes: { RedrivePolicy } });
  await send('poison', { MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } } });

  for (let i = 0; i < 3; i++) {
    await receive();
    await clock.advance(30 * SECOND);
  }

  expect(await counts()).toEqual([0, 0, 0]);
  expect(await receive({ QueueUrl: url('dead'), AttributeNames: ['All'], MessageAttributeNames: ['All'] })).toEqual([
    expect.objectContaining({
      Body: 'poison',
      Attributes: expect.objectContaining({ ApproximateReceiveCount: '3', DeadLetterQueueSourceArn: arn('q') }),
      MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
    }),
  ]);
});

test('visibility can be changed while a message is in flight', async () => {
  await send('hello');
  const [{ ReceiptHandle }] = await receive();

  await run('ChangeMessageVisibility', { QueueUrl: url('q'), ReceiptHandle, VisibilityTimeout: 0 });

  expect(await bodies()).toEqual(['hello']);
  await expect(
    run('ChangeMessageVisibility', { QueueUrl: url('q'), ReceiptHandle, VisibilityTimeout: 5 }),
  ).rejects.toMatchObject({ code: 'MessageNotInflight' });
});

test('attributes come with the checksum that SDKs verify, and only those asked for', async () => {
  // The checksum is from AWS's documentation of the algorithm, worked out by hand.
  const MessageAttributes = {
    b: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
    a: { DataType: 'Number', StringValue: '5' },
  };
  const part = (text: string | Uint8Array) => {
    const bytes = Buffer.from(text as string);
    return Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  };
  const expected = createHash('md5')
    .update(
      Buffer.concat([
        part('a'),
        part('Number'),
        Buffer.from([1]),
        part('5'),
        part('b'),
        part('Binary'),
        Buffer.from([2]),
        part(new Uint8Array([1, 2])),
      ]),
    )
    .digest('hex');

  const { MD5OfMessageAttributes } = await send('x', { MessageAttributes });
  const [message] = await receive({ MessageAttributeNames: ['a', 'c.*'] });

  expect(MD5OfMessageAttributes).toBe(expected);
  expect(message.MessageAttributes).toEqual({ a: MessageAttributes.a });
});

test('a batch reports each entry', async () => {
  const result = await run('SendMessageBatch', {
    QueueUrl: url('q'),
    Entries: [
      { Id: '1', MessageBody: 'a' },
      { Id: '2', MessageBody: '' },
    ],
  });
  expect(result.Successful).toEqual([expect.objectContaining({ Id: '1' })]);
  expect(result.Failed).toEqual([expect.objectContaining({ Id: '2', Code: 'MissingParameter', SenderFault: true })]);

  const messages = await receive();
  const Entries = messages.map(({ ReceiptHandle }: { ReceiptHandle: string }, n: number) => ({
    Id: String(n),
    ReceiptHandle,
  }));
  await run('DeleteMessageBatch', { QueueUrl: url('q'), Entries });
  expect(await counts()).toEqual([0, 0, 0]);
});

test('old messages expire', async () => {
  await run('SetQueueAttributes', { QueueUrl: url('q'), Attributes: { MessageRetentionPeriod: '60' } });
  await send('old');
  await clock.advance(61 * SECOND);
  expect(await bodies()).toEqual([]);
});

test('the number of visible messages goes to CloudWatch, for the alarms on it', async () => {
  await send('a');
  await clock.advance(61 * SECOND);

  const visible = metrics
    .filter(({ input }) => input.MetricData[0].MetricName === 'ApproximateNumberOfMessagesVisible')
    .map(({ input }) => input.MetricData[0]);
  expect(visible).toEqual(
    [1, 1].map((Value) => ({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [{ Name: 'QueueName', Value: 'q' }],
      Value,
    })),
  );
});

test('queues can be put again, listed, tagged, purged and deleted', async () => {
  expect(await run('CreateQueue', { QueueName: 'q' })).toEqual({ QueueUrl: url('q') });
  await expect(run('CreateQueue', { QueueName: 'q', Attributes: { VisibilityTimeout: '5' } })).rejects.toMatchObject({
    code: 'QueueNameExists',
  });
  await run('TagQueue', { QueueUrl: url('q'), Tags: { a: 'b' } });
  expect(await run('ListQueueTags', { QueueUrl: url('q') })).toEqual({ Tags: { a: 'b' } });
  expect(await run('GetQueueUrl', { QueueName: 'q' })).toEqual({ QueueUrl: url('q') });
  expect(await run('ListQueues', { QueueNamePrefix: 'q' })).toEqual({ QueueUrls: [url('q')] });
  expect(
    (await run('GetQueueAttributes', { QueueUrl: url('q'), AttributeNames: ['QueueArn', 'VisibilityTimeout'] }))
      .Attributes,
  ).toEqual({
    QueueArn: arn('q'),
    VisibilityTimeout: '30',
  });
  await send('x');
  await run('PurgeQueue', { QueueUrl: url('q') });
  expect(await counts()).toEqual([0, 0, 0]);
  await run('DeleteQueue', { QueueUrl: url('q') });
  await expect(send('x')).rejects.toMatchObject({ code: 'QueueDoesNotExist' });
});

test.each([
  ['a name of a FIFO queue for another', { QueueName: 'q.fifo' }, 'InvalidParameterValue'],
  ['a bad name', { QueueName: 'a b' }, 'InvalidParameterValue'],
  ['an unknown attribute', { QueueName: 'n', Attributes: { Visibility: '1' } }, 'InvalidAttributeName'],
  [
    'an attribute out of range',
    { QueueName: 'n', Attributes: { VisibilityTimeout: '43201' } },
    'InvalidAttributeValue',
  ],
  [
    'a redrive policy without target',
    { QueueName: 'n', Attributes: { RedrivePolicy: '{"maxReceiveCount":1}' } },
    'InvalidParameterValue',
  ],
])('refused is %s', async (_, input, code) => {
  await expect(run('CreateQueue', input)).rejects.toMatchObject({ code });
});

test('refused is a message that is too long', async () => {
  await run('SetQueueAttributes', { QueueUrl: url('q'), Attributes: { MaximumMessageSize: '1024' } });
  await expect(send('x'.repeat(1_025))).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});

test('a queue of which enough is in flight says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stepwell-queue-'));
  const queue = await openQueue({
    file: join(folder, 'messages.ndjson'),
    clock,
    settings: () => ({ visibilityTimeoutSeconds: 30, retentionSeconds: 60, maxInFlight: 2 }),
    moveToDeadLetters: async () => {},
    onChange: () => {},
  });
  const message = (id: string) => ({ id, body: id, sentAt: clock.now(), visibleAt: clock.now(), receiveCount: 0 });
  await queue.send([message('a'), message('b'), message('c')] as never);

  await queue.receive({ max: 1, waitMs: 0 });
  expect(queue.isFull()).toBe(false);
  const [second] = await queue.receive({ max: 1, waitMs: 0 });
  expect(queue.isFull()).toBe(true);
  await queue.delete(second?.receiptHandle as string);
  expect(queue.isFull()).toBe(false);

  await queue.close();
  await rm(folder, { recursive: true });
});
