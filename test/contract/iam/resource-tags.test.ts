/** `aws:ResourceTag/…` is what a resource is tagged with, whichever service has it: a role that is let by it may, and no longer once the tag has changed. */
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as events from '@aws-sdk/client-eventbridge';
import * as s3 from '@aws-sdk/client-s3';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as secrets from '@aws-sdk/client-secrets-manager';
import * as states from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import { createIam } from '../../../lib/local/iam';
import { createDynamoDbService } from '../../../lib/local/services/dynamodb';
import { createEventsService } from '../../../lib/local/services/events';
import { createLogsService } from '../../../lib/local/services/logs';
import { createMonitoringService } from '../../../lib/local/services/monitoring';
import { createS3Service } from '../../../lib/local/services/s3';
import { createSchedulerService } from '../../../lib/local/services/scheduler';
import { createSecretsManagerService } from '../../../lib/local/services/secretsmanager';
import { createSnsService } from '../../../lib/local/services/sns';
import { createSqsService } from '../../../lib/local/services/sqs';
import { createStatesService } from '../../../lib/local/services/states';
import { type Aws, connect } from '../aws';

const ROLE = 'arn:aws:iam::000000000000:role/tagged';
const iam = createIam({ account: '000000000000', region: 'us-east-1', now: Date.now });

let aws: Aws;
beforeAll(async () => {
  aws = await connect(
    (stateDir) => [
      createSqsService(),
      createSnsService(),
      createS3Service({ stateDir }),
      createDynamoDbService(),
      createSecretsManagerService(),
      createLogsService(),
      createMonitoringService(),
      createStatesService(),
      createEventsService(),
      createSchedulerService(),
    ],
    iam.authorize,
    (key) => (key === 'role' ? { kind: 'role', roleArn: ROLE, sessionName: 'session' } : { kind: 'admin' }),
  );
});
afterAll(() => aws.close());

interface Client {
  send(command: unknown): Promise<unknown>;
  destroy(): void;
}
type Send = (command: unknown) => Promise<unknown>;
type Package = Readonly<Record<string, unknown>>;

const ARN = 'arn:aws:%s:us-east-1:000000000000:';
const arn = (service: string, rest: string) => `${ARN.replace('%s', service)}${rest}`;
const queue = (endpoint: string) => `${endpoint}/000000000000/q`;
const PASS = '{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}';
const ALARM = {
  AlarmName: 'a',
  Namespace: 'n',
  MetricName: 'm',
  Statistic: 'Sum' as const,
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: 'GreaterThanThreshold' as const,
};
const Tags = [{ Key: 'team', Value: 'data' }];
const tags = { team: 'data' };
const TABLE = {
  KeySchema: [{ AttributeName: 'k', KeyType: 'HASH' as const }],
  BillingMode: 'PAY_PER_REQUEST' as const,
};

const CASES: readonly [
  service: string,
  from: Package,
  client: string,
  make: (send: Send, endpoint: string) => Promise<unknown>,
  ask: (endpoint: string) => unknown,
  retag: (endpoint: string) => unknown,
][] = [
  [
    'sqs',
    sqs,
    'SQSClient',
    (send) => send(new sqs.CreateQueueCommand({ QueueName: 'q', tags })),
    (endpoint) => new sqs.GetQueueAttributesCommand({ QueueUrl: queue(endpoint) }),
    (endpoint) => new sqs.TagQueueCommand({ QueueUrl: queue(endpoint), Tags: { team: 'x' } }),
  ],
  [
    'sns',
    sns,
    'SNSClient',
    (send) => send(new sns.CreateTopicCommand({ Name: 't', Tags })),
    () => new sns.PublishCommand({ TopicArn: arn('sns', 't'), Message: 'x' }),
    () => new sns.TagResourceCommand({ ResourceArn: arn('sns', 't'), Tags: [{ Key: 'team', Value: 'x' }] }),
  ],
  [
    'dynamodb',
    dynamodb,
    'DynamoDBClient',
    (send) =>
      send(
        new dynamodb.CreateTableCommand({
          ...TABLE,
          TableName: 'table',
          AttributeDefinitions: [{ AttributeName: 'k', AttributeType: 'S' }],
          Tags,
        }),
      ),
    () => new dynamodb.GetItemCommand({ TableName: 'table', Key: { k: { S: '1' } } }),
    () =>
      new dynamodb.TagResourceCommand({
        ResourceArn: arn('dynamodb', 'table/table'),
        Tags: [{ Key: 'team', Value: 'x' }],
      }),
  ],
  [
    'secretsmanager',
    secrets,
    'SecretsManagerClient',
    (send) => send(new secrets.CreateSecretCommand({ Name: 's', SecretString: 'x', Tags })),
    () => new secrets.GetSecretValueCommand({ SecretId: 's' }),
    () => new secrets.TagResourceCommand({ SecretId: 's', Tags: [{ Key: 'team', Value: 'x' }] }),
  ],
  [
    'logs',
    logs,
    'CloudWatchLogsClient',
    (send) => send(new logs.CreateLogGroupCommand({ logGroupName: 'g', tags })),
    () => new logs.DescribeLogStreamsCommand({ logGroupName: 'g' }),
    () => new logs.TagResourceCommand({ resourceArn: arn('logs', 'log-group:g'), tags: { team: 'x' } }),
  ],
  [
    'monitoring',
    cloudwatch,
    'CloudWatchClient',
    (send) => send(new cloudwatch.PutMetricAlarmCommand({ ...ALARM, Tags })),
    () => new cloudwatch.SetAlarmStateCommand({ AlarmName: 'a', StateValue: 'OK', StateReason: 'x' }),
    () =>
      new cloudwatch.TagResourceCommand({
        ResourceARN: arn('cloudwatch', 'alarm:a'),
        Tags: [{ Key: 'team', Value: 'x' }],
      }),
  ],
  [
    'states',
    states,
    'SFNClient',
    (send) =>
      send(
        new states.CreateStateMachineCommand({
          name: 'm',
          roleArn: ROLE,
          definition: PASS,
          tags: [{ key: 'team', value: 'data' }],
        }),
      ),
    () => new states.StartExecutionCommand({ stateMachineArn: arn('states', 'stateMachine:m') }),
    () =>
      new states.TagResourceCommand({
        resourceArn: arn('states', 'stateMachine:m'),
        tags: [{ key: 'team', value: 'x' }],
      }),
  ],
  [
    'events',
    events,
    'EventBridgeClient',
    (send) => send(new events.PutRuleCommand({ Name: 'r', EventPattern: '{"source":["x"]}', Tags })),
    () => new events.DescribeRuleCommand({ Name: 'r' }),
    () => new events.TagResourceCommand({ ResourceARN: arn('events', 'rule/r'), Tags: [{ Key: 'team', Value: 'x' }] }),
  ],
  [
    'scheduler',
    scheduler,
    'SchedulerClient',
    (send) => send(new scheduler.CreateScheduleGroupCommand({ Name: 'g', Tags })),
    () => new scheduler.GetScheduleGroupCommand({ Name: 'g' }),
    () =>
      new scheduler.TagResourceCommand({
        ResourceArn: arn('scheduler', 'schedule-group/g'),
        Tags: [{ Key: 'team', Value: 'x' }],
      }),
  ],
  [
    's3',
    s3,
    'S3Client',
    async (send) => {
      await send(new s3.CreateBucketCommand({ Bucket: 'bucket' }));
      await send(new s3.PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: 'x', Tagging: 'team=data' }));
    },
    () => new s3.GetObjectCommand({ Bucket: 'bucket', Key: 'k' }),
    () =>
      new s3.PutObjectTaggingCommand({
        Bucket: 'bucket',
        Key: 'k',
        Tagging: { TagSet: [{ Key: 'team', Value: 'x' }] },
      }),
  ],
];

test.each(CASES)('%s', async (service, from, name, make, ask, retag) => {
  const { endpoint } = aws.config as { endpoint: string };
  const Client = from[name] as new (config: object) => Client;
  const admin = new Client({ ...aws.config, forcePathStyle: true });
  const role = new Client({
    ...aws.config,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: 'role', secretAccessKey: 'x' },
  });
  const key = service === 's3' ? 's3:ExistingObjectTag/team' : 'aws:ResourceTag/team';
  const statement = {
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    Condition: { StringEquals: { [key]: 'data' } },
  } as const;
  iam.registry.putRole({
    arn: ROLE,
    name: 'tagged',
    trust: { Statement: [] },
    inline: { 'by-tag': { Statement: [statement] } },
    managedPolicyArns: [],
  });
  await make((command) => admin.send(command), endpoint);

  await expect(role.send(ask(endpoint))).resolves.toBeDefined();
  await admin.send(retag(endpoint));
  await expect(role.send(ask(endpoint))).rejects.toThrow('is not authorized to perform');

  admin.destroy();
  role.destroy();
});
