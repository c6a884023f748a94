/** Queues, topics, buses, schedules, pipes and buckets of a template, deployed with IAM switched on, and at work. */
import { DescribePipeCommand, PipesClient } from '@aws-sdk/client-pipes';
import { GetBucketLifecycleConfigurationCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetTopicAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Cloud, startCloud } from '../../../lib/local/cloud';
import { att, createWorkspace, ref, type StackInput } from './assembly';

const statement = (Action: string | string[], Resource: unknown) => ({ Effect: 'Allow', Action, Resource });
const mayReceive = (service: string, queue: string) => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [ref(queue)],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ ...statement('sqs:SendMessage', att(queue, 'Arn')), Principal: { Service: service } }],
    },
  },
});

const STACK: StackInput = {
  Resources: {
    Arrivals: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'arrivals' } },
    ArrivalsPolicy: mayReceive('s3.amazonaws.com', 'Arrivals'),
    Told: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'told' } },
    ToldPolicy: mayReceive('events.amazonaws.com', 'Told'),
    Ordered: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, ContentBasedDeduplication: true } },
    Topic: { Type: 'AWS::SNS::Topic', Properties: { FifoTopic: true, ContentBasedDeduplication: true } },
    Landing: {
      Type: 'AWS::S3::Bucket',
      DependsOn: ['ArrivalsPolicy'],
      Properties: {
        BucketName: 'landing',
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              Event: 's3:ObjectCreated:*',
              Queue: att('Arrivals', 'Arn'),
              Filter: { S3Key: { Rules: [{ Name: 'suffix', Value: '.csv' }] } },
            },
          ],
        },
        LifecycleConfiguration: { Rules: [{ Id: 'old', Status: 'Enabled', Prefix: 'old/', ExpirationInDays: '3' }] },
      },
    },
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'orders' } },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        EventBusName: ref('Bus'),
        EventPattern: { source: ['landing'] },
        Targets: [{ Id: 'told', Arn: att('Told', 'Arn'), InputPath: '$.detail' }],
      },
    },
    Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'nightly' } },
    PipeRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'pipes.amazonaws.com' } }],
        },
        Policies: [
          {
            PolicyName: 'pipe',
            PolicyDocument: {
              Version: '2012-10-17',
              Statement: [
                statement(
                  ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
                  att('Arrivals', 'Arn'),
                ),
                statement('events:PutEvents', att('Bus', 'Arn')),
              ],
            },
          },
        ],
      },
    },
    Pipe: {
      Type: 'AWS::Pipes::Pipe',
      Properties: {
        Name: 'arrivals',
        RoleArn: att('PipeRole', 'Arn'),
        Source: att('Arrivals', 'Arn'),
        SourceParameters: {
          SqsQueueParameters: { BatchSize: '5' },
          FilterCriteria: { Filters: [{ Pattern: '{"body":{"Records":{"eventName":[{"prefix":"ObjectCreated"}]}}}' }] },
        },
        Target: att('Bus', 'Arn'),
        TargetParameters: {
          EventBridgeEventBusParameters: { Source: 'landing', DetailType: 'arrived' },
          InputTemplate: '{"key": <$.body.Records[0].s3.object.key>}',
        },
      },
    },
  },
};

const workspace = createWorkspace();
let cloud: Cloud;

beforeAll(async () => {
  workspace.write({ Messaging: STACK });
  cloud = await startCloud({ assembly: workspace.assembly, stateDir: workspace.stateDir, port: 0 });
});
afterAll(async () => {
  await cloud?.stop();
  workspace.remove();
});

const client = <C>(Client: new (config: object) => C): C =>
  new Client({
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAUSER', secretAccessKey: 'x' },
    forcePathStyle: true,
  });

test('a file is notified to a queue, piped from there to a bus, and told by its rule', async () => {
  const s3 = client(S3Client);
  await s3.send(new PutObjectCommand({ Bucket: 'landing', Key: 'in/a.txt', Body: 'x' }));
  await s3.send(new PutObjectCommand({ Bucket: 'landing', Key: 'in/a.csv', Body: 'x' }));

  const QueueUrl = `${cloud.endpoint}/000000000000/told`;
  const { Messages = [] } = await client(SQSClient).send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  expect(Messages.map(({ Body }) => Body)).toEqual(['{"key":"in/a.csv"}']);
});

test('what the template says of buckets, topics, groups and pipes is there', async () => {
  const { Rules } = await client(S3Client).send(new GetBucketLifecycleConfigurationCommand({ Bucket: 'landing' }));
  expect(Rules).toEqual([{ ID: 'old', Status: 'Enabled', Filter: { Prefix: 'old/' }, Expiration: { Days: 3 } }]);

  const { Topic, Ordered } = cloud.resources('Messaging');
  const { Attributes } = await client(SNSClient).send(
    new GetTopicAttributesCommand({ TopicArn: Topic?.physicalId ?? '' }),
  );
  expect(Attributes).toMatchObject({ FifoTopic: 'true', ContentBasedDeduplication: 'true' });
  expect(Ordered?.physicalId).toMatch(/\.fifo$/);
  expect((await client(SchedulerClient).send(new GetScheduleGroupCommand({ Name: 'nightly' }))).State).toBe('ACTIVE');
  expect(await client(PipesClient).send(new DescribePipeCommand({ Name: 'arrivals' }))).toMatchObject({
    CurrentState: 'RUNNING',
    SourceParameters: { SqsQueueParameters: { BatchSize: 5 } },
  });
});
