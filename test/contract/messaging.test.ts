/** EventBridge, Scheduler, SNS and SQS as the SDK sees them. */
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateScheduleCommand, GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { createEventsService } from '../../lib/local/services/events';
import { createMonitoringService } from '../../lib/local/services/monitoring';
import { createSchedulerService } from '../../lib/local/services/scheduler';
import { createSnsService } from '../../lib/local/services/sns';
import { createSqsService } from '../../lib/local/services/sqs';
import { type Aws, connect, eventually, isRemote } from './aws';

let aws: Aws;
let sqs: SQSClient;
let sns: SNSClient;
let events: EventBridgeClient;
let scheduler: SchedulerClient;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  aws = await connect(() => [
    createSqsService(),
    createMonitoringService(),
    createSnsService(),
    createEventsService(),
    createSchedulerService(),
  ]);
  sqs = new SQSClient(aws.config);
  sns = new SNSClient(aws.config);
  events = new EventBridgeClient(aws.config);
  scheduler = new SchedulerClient(aws.config);
});
afterAll(async () => {
  for (const undo of cleanUp.reverse()) await undo();
  for (const client of [sqs, sns, events, scheduler]) client.destroy();
  await aws.close();
});

/** A queue that any service may send to. */
async function createQueue(Attributes: Record<string, string> = {}) {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: aws.name('contract'), Attributes }));
  cleanUp.push(() => sqs.send(new DeleteQueueCommand({ QueueUrl })));
  const described = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const arn = described.Attributes?.QueueArn as string;
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Service: ['events.amazonaws.com', 'sns.amazonaws.com'] },
      Action: 'sqs:SendMessage',
      Resource: arn,
    },
  ];
  await sqs.send(
    new SetQueueAttributesCommand({
      QueueUrl,
      Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) },
    }),
  );
  return { url: QueueUrl as string, arn };
}

async function receive(QueueUrl: string): Promise<Message> {
  const { Messages } = await eventually(
    () =>
      sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          WaitTimeSeconds: 5,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      ),
    ({ Messages: found }) => found !== undefined,
  );
  const message = Messages?.[0] as Message;
  await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  return message;
}

async function createRule(pattern: object, target: object) {
  const Name = aws.name('contract');
  await events.send(new PutRuleCommand({ Name, EventPattern: JSON.stringify(pattern) }));
  cleanUp.push(() => events.send(new DeleteRuleCommand({ Name })));
  await events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 't', Arn: '', ...target }] }));
  cleanUp.push(() => events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ['t'] })));
}

describe('SQS', () => {
  test('the SDK verifies the checksums of messages with attributes of each type', async () => {
    const { url } = await createQueue();
    const MessageAttributes = {
      text: { DataType: 'String', StringValue: 'é' },
      number: { DataType: 'Number', StringValue: '1.5' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    };

    const sent = await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'hello', MessageAttributes }));
    const message = await receive(url);

    expect(message.MessageId).toBe(sent.MessageId);
    expect(message.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    expect(message.MessageAttributes).toEqual(MessageAttributes);
    expect(message.Attributes).toMatchObject({ ApproximateReceiveCount: '1' });
  });

  test('a batch is sent whole, and messages that are let go come again', async () => {
    const { url } = await createQueue();
    const Entries = ['a', 'b'].map((MessageBody) => ({ Id: MessageBody, MessageBody }));

    const { Successful, Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    expect([Successful?.length, Failed.length]).toEqual([2, 0]);

    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 5 }));
    const { ReceiptHandle } = Messages[0] as Message;
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }));
    const bodies = [(await receive(url)).Body, (await receive(url)).Body];
    expect(bodies.sort()).toEqual(['a', 'b']);
  });

  test('an unknown queue has the error name that callers know', async () => {
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: 'no-such-queue' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });
});

describe('EventBridge', () => {
  test('brings a matching event to a queue, transformed', async () => {
    const { url, arn } = await createQueue();
    const source = aws.name('contract');
    const InputTransformer = {
      InputPathsMap: { id: '$.detail.id', key: '$.detail.object.key' },
      InputTemplate: '{"id": <id>, "text": "object <key>", "rule": <aws.events.rule-name>}',
    };
    await createRule(
      { source: [source], detail: { object: { key: [{ wildcard: 'orders/*.csv' }] } } },
      { Arn: arn, InputTransformer },
    );

    const put = (key: string, id: number) =>
      events.send(
        new PutEventsCommand({
          Entries: [{ Source: source, DetailType: 't', Detail: JSON.stringify({ id, object: { key } }) }],
        }),
      );
    await put('orders/a.txt', 1);
    const { FailedEntryCount, Entries } = await put('orders/a b+é.csv', 2);

    expect(FailedEntryCount).toBe(0);
    expect(Entries?.[0]?.EventId).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse((await receive(url)).Body as string)).toEqual({
      id: 2,
      text: 'object orders/a b+é.csv',
      rule: expect.stringContaining('contract'),
    });
  });

  test('says which entries it refuses, and takes a time', async () => {
    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({
        Entries: [
          { Source: 'contract', DetailType: 't', Detail: '{', Time: new Date() },
          { Source: 'aws.s3', DetailType: 't', Detail: '{}' },
        ],
      }),
    );
    expect(FailedEntryCount).toBe(2);
    expect(Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual(['MalformedDetail', 'NotAuthorizedForSourceException']);
  });

  test.each([
    ['{"detail":{"n":[{"numeric":[">",1]}]}}', true],
    ['{"detail":{"n":[{"numeric":[">",2]}]}}', false],
    ['{"detail":{"name":[{"anything-but":{"prefix":"tmp"}}]}}', true],
    ['{"detail":{"gone":[{"exists":false}]}}', true],
    ['{"detail":{"items":{"a":[1],"b":[2]}}}', false],
    ['{"$or":[{"detail":{"n":[9]}},{"detail":{"name":[{"equals-ignore-case":"NAME"}]}}]}', true],
  ])('the pattern %s matches: %s', async (EventPattern, expected) => {
    const Event = JSON.stringify({
      id: '1',
      account: '123456789012',
      source: 's',
      time: '2026-01-01T00:00:00Z',
      region: 'us-east-1',
      resources: [],
      'detail-type': 't',
      detail: { n: 2, name: 'name', items: [{ a: 1 }, { b: 2 }] },
    });
    expect((await events.send(new TestEventPatternCommand({ EventPattern, Event }))).Result).toBe(expected);
  });

  test('refuses a bad pattern by name', async () => {
    await expect(
      events.send(new PutRuleCommand({ Name: aws.name('contract'), EventPattern: '{"source":"x"}' })),
    ).rejects.toMatchObject({
      name: 'InvalidEventPatternException',
    });
    const four = ['a', 'b', 'c', 'd'].map((name) => ({ wildcard: `*:stack/${name}/*` }));
    await expect(
      events.send(new PutRuleCommand({ Name: aws.name('contract'), EventPattern: JSON.stringify({ source: four }) })),
    ).rejects.toThrow('Rule is too complex');
  });
});

describe('SNS', () => {
  test('brings messages to a queue by its filter policy, raw or wrapped', async () => {
    const [raw, wrapped] = [await createQueue(), await createQueue()];
    const { TopicArn } = await sns.send(
      new CreateTopicCommand({ Name: aws.name('contract'), Attributes: { DisplayName: 'Contract' } }),
    );
    cleanUp.push(() => sns.send(new DeleteTopicCommand({ TopicArn })));
    const subscribe = (Endpoint: string, Attributes: Record<string, string>) =>
      sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint, Attributes, ReturnSubscriptionArn: true }));
    await subscribe(raw.arn, { RawMessageDelivery: 'true', FilterPolicy: '{"kind":["failed"]}' });
    await subscribe(wrapped.arn, {});
    const kind = (StringValue: string) => ({ kind: { DataType: 'String', StringValue } });

    await sns.send(
      new PublishCommand({ TopicArn, Subject: 'Hello é', Message: 'one', MessageAttributes: kind('other') }),
    );
    const { Successful } = await sns.send(
      new PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: [{ Id: '1', Message: 'two', MessageAttributes: kind('failed') }],
      }),
    );

    expect(Successful?.[0]?.MessageId).toBeDefined();
    const message = await receive(raw.url);
    expect([message.Body, message.MessageAttributes?.kind?.StringValue]).toEqual(['two', 'failed']);
    const bodies = [await receive(wrapped.url), await receive(wrapped.url)].map(({ Body }) =>
      JSON.parse(Body as string),
    );
    expect(bodies.find((body) => body.Message === 'one')).toMatchObject({
      Type: 'Notification',
      TopicArn,
      Subject: 'Hello é',
    });
    expect((await sns.send(new GetTopicAttributesCommand({ TopicArn }))).Attributes).toMatchObject({
      DisplayName: 'Contract',
    });
  });

  test('an unknown topic has the error name that callers know', async () => {
    await expect(
      sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:us-east-1:000000000000:no-such-topic', Message: 'm' })),
    ).rejects.toMatchObject({ name: isRemote ? expect.any(String) : 'NotFoundException' });
  });
});

test('Scheduler keeps a schedule with its dates', async () => {
  const Name = aws.name('contract');
  const StartDate = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 3_600_000);
  const RoleArn = process.env.SCHEDULER_ROLE_ARN ?? 'arn:aws:iam::000000000000:role/scheduler';
  const { arn } = await createQueue();

  await scheduler.send(
    new CreateScheduleCommand({
      Name,
      StartDate,
      ScheduleExpression: 'cron(0 9 ? * MON-FRI *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: arn, RoleArn, Input: '{}' },
    }),
  );

  const schedule = await scheduler.send(new GetScheduleCommand({ Name }));
  expect(schedule).toMatchObject({ Name, StartDate, State: 'ENABLED', ScheduleExpressionTimezone: 'Europe/Berlin' });
  await expect(scheduler.send(new GetScheduleCommand({ Name: `${Name}-none` }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});
