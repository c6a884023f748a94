/** DynamoDB, Secrets Manager, CloudWatch, Logs, Glue and STS as the SDK sees them. */
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import {
  BatchCreatePartitionCommand,
  CreateDatabaseCommand,
  CreateTableCommand as CreateGlueTableCommand,
  DeleteDatabaseCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GlueClient,
  UpdatePartitionCommand,
} from '@aws-sdk/client-glue';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createDynamoDbService } from '../../lib/local/services/dynamodb';
import { createGlueService } from '../../lib/local/services/glue';
import { createLogsService } from '../../lib/local/services/logs';
import { createMonitoringService } from '../../lib/local/services/monitoring';
import { createSecretsManagerService } from '../../lib/local/services/secretsmanager';
import { createStsService } from '../../lib/local/services/sts';
import { type Aws, connect, eventually } from './aws';

let aws: Aws;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  aws = await connect(() => [
    createDynamoDbService(),
    createSecretsManagerService(),
    createMonitoringService(),
    createLogsService(),
    createGlueService(),
    createStsService(),
  ]);
});
afterAll(async () => {
  for (const undo of cleanUp.reverse()) await undo();
  await aws.close();
});

test('DynamoDB: fifty racing conditional writes have one winner; bytes and the index come back', async () => {
  const dynamodb = new DynamoDBClient(aws.config);
  const TableName = aws.name('contract');
  await dynamodb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'due'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'due',
          KeySchema: [{ AttributeName: 'due', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  cleanUp.push(() => dynamodb.send(new DeleteTableCommand({ TableName })));
  await waitUntilTableExists({ client: dynamodb, maxWaitTime: 60, minDelay: 1 }, { TableName });

  const put = (n: number) =>
    dynamodb.send(
      new PutItemCommand({
        TableName,
        Item: { pk: { S: 'a' }, due: { S: 'd' }, owner: { N: String(n) }, bytes: { B: new Uint8Array([0, 255]) } },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  const results = await Promise.allSettled(Array.from({ length: 50 }, (_, n) => put(n)));

  const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(losers).toHaveLength(49);
  expect(losers.every((error) => error instanceof ConditionalCheckFailedException)).toBe(true);
  await aws.restart();
  const { Item } = await dynamodb.send(
    new GetItemCommand({ TableName, Key: { pk: { S: 'a' } }, ConsistentRead: true }),
  );
  expect(Item?.owner?.N).toBe(String(results.findIndex(({ status }) => status === 'fulfilled')));
  expect(Item?.bytes?.B).toEqual(new Uint8Array([0, 255]));
  const query = new QueryCommand({
    TableName,
    IndexName: 'due',
    KeyConditionExpression: 'due = :d',
    ExpressionAttributeValues: { ':d': { S: 'd' } },
  });
  await eventually(
    () => dynamodb.send(query),
    ({ Count }) => Count === 1,
  );
});

test('Secrets Manager: values, stages and error names', async () => {
  const secrets = new SecretsManagerClient(aws.config);
  const Name = aws.name('contract');
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name, SecretString: '1' }));
  cleanUp.push(() => secrets.send(new DeleteSecretCommand({ SecretId: Name, ForceDeleteWithoutRecovery: true })));
  await secrets.send(new PutSecretValueCommand({ SecretId: ARN, SecretBinary: new Uint8Array([1, 2]) }));

  const current = await secrets.send(new GetSecretValueCommand({ SecretId: Name }));
  expect(current.SecretBinary).toEqual(new Uint8Array([1, 2]));
  expect(current.CreatedDate).toBeInstanceOf(Date);
  expect(
    (await secrets.send(new GetSecretValueCommand({ SecretId: Name, VersionStage: 'AWSPREVIOUS' }))).SecretString,
  ).toBe('1');
  await expect(secrets.send(new GetSecretValueCommand({ SecretId: `${Name}-none` }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

test('CloudWatch: metrics are summed by minute, and an alarm goes off', async () => {
  const cloudwatch = new CloudWatchClient(aws.config);
  const Namespace = aws.name('contract');
  const metric = { Namespace, MetricName: 'failed', Dimensions: [{ Name: 'pipeline', Value: 'orders' }] };
  const AlarmName = aws.name('contract');
  const { MetricName, Dimensions } = metric;
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      ...metric,
      AlarmName,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 3,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    }),
  );
  cleanUp.push(() => cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] })));

  const Timestamp = new Date();
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace,
      MetricData: [{ MetricName, Dimensions, Value: 1, Unit: 'Count', Timestamp }],
    }),
  );
  await cloudwatch.send(
    new PutMetricDataCommand({
      Namespace,
      MetricData: [{ MetricName, Dimensions, Values: [2], Counts: [2], Timestamp }],
    }),
  );

  const { MetricAlarms } = await eventually(
    () => cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [AlarmName] })),
    (answer) => answer.MetricAlarms?.[0]?.StateValue === 'ALARM',
  );
  expect(MetricAlarms?.[0]).toMatchObject({
    AlarmName,
    Threshold: 3,
    ActionsEnabled: true,
    StateUpdatedTimestamp: expect.any(Date),
  });
  const { MetricDataResults } = await cloudwatch.send(
    new GetMetricDataCommand({
      StartTime: new Date(Timestamp.getTime() - 60_000),
      EndTime: new Date(Timestamp.getTime() + 60_000),
      MetricDataQueries: [
        { Id: 'm', MetricStat: { Metric: metric, Period: 60, Stat: 'Sum' }, ReturnData: false },
        { Id: 'e', Expression: 'm * 2' },
      ],
    }),
  );
  expect(MetricDataResults?.[0]?.Values).toEqual([10]);
});

test('Logs: lines come back, and embedded metrics become metrics', async () => {
  const logs = new CloudWatchLogsClient(aws.config);
  const cloudwatch = new CloudWatchClient(aws.config);
  const Namespace = aws.name('contract');
  const stream = { logGroupName: aws.name('contract'), logStreamName: 'a/[$LATEST]b' };
  await logs.send(new CreateLogGroupCommand({ logGroupName: stream.logGroupName }));
  cleanUp.push(() => logs.send(new DeleteLogGroupCommand({ logGroupName: stream.logGroupName })));
  await logs.send(new CreateLogStreamCommand(stream));
  const timestamp = Date.now();
  const metadata = {
    Timestamp: timestamp,
    CloudWatchMetrics: [{ Namespace, Dimensions: [[]], Metrics: [{ Name: 'rows' }] }],
  };
  const messages = ['{"level":"ERROR","n":1}', 'plain', JSON.stringify({ _aws: metadata, rows: 7 })];
  await logs.send(
    new PutLogEventsCommand({ ...stream, logEvents: messages.map((message) => ({ timestamp, message })) }),
  );

  const { events = [] } = await eventually(
    () => logs.send(new GetLogEventsCommand({ ...stream, startFromHead: true })),
    (answer) => answer.events?.length === 3,
  );
  expect(events.map(({ message }) => message)).toEqual(messages);
  const filtered = await eventually(
    () =>
      logs.send(
        new FilterLogEventsCommand({ logGroupName: stream.logGroupName, filterPattern: '{ $.level = "ERR*" }' }),
      ),
    (answer) => answer.events?.length === 1,
  );
  expect(filtered.events?.[0]).toMatchObject({ message: messages[0], logStreamName: stream.logStreamName });
  await eventually(
    () =>
      cloudwatch.send(
        new GetMetricDataCommand({
          StartTime: new Date(timestamp - 120_000),
          EndTime: new Date(timestamp + 60_000),
          MetricDataQueries: [
            { Id: 'm', MetricStat: { Metric: { Namespace, MetricName: 'rows' }, Period: 60, Stat: 'Sum' } },
          ],
        }),
      ),
    ({ MetricDataResults }) => MetricDataResults?.[0]?.Values?.[0] === 7,
  );
});

test('Glue: partitions are created once, filtered and swapped', async () => {
  const glue = new GlueClient(aws.config);
  const DatabaseName = aws.name('contract');
  const table = { DatabaseName, TableName: 'orders' };
  const partition = (day: string, Location = `s3://lake/${day}/`) => ({
    Values: [day],
    StorageDescriptor: { Location },
  });
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: DatabaseName } }));
  cleanUp.push(() => glue.send(new DeleteDatabaseCommand({ Name: DatabaseName })));
  const PartitionKeys = [{ Name: 'ordered_on', Type: 'string' }];
  await glue.send(new CreateGlueTableCommand({ DatabaseName, TableInput: { Name: 'orders', PartitionKeys } }));

  const create = () =>
    glue.send(
      new BatchCreatePartitionCommand({
        ...table,
        PartitionInputList: [partition('2026-01-01'), partition('2026-01-02')],
      }),
    );
  expect((await create()).Errors ?? []).toEqual([]);
  expect((await create()).Errors?.map(({ ErrorDetail }) => ErrorDetail?.ErrorCode)).toEqual([
    'AlreadyExistsException',
    'AlreadyExistsException',
  ]);
  await glue.send(
    new UpdatePartitionCommand({
      ...table,
      PartitionValueList: ['2026-01-02'],
      PartitionInput: partition('2026-01-02', 's3://new/'),
    }),
  );

  const { Partitions } = await glue.send(
    new GetPartitionsCommand({ ...table, Expression: "ordered_on >= '2026-01-02'" }),
  );
  expect(Partitions?.map(({ StorageDescriptor }) => StorageDescriptor?.Location)).toEqual(['s3://new/']);
  expect((await glue.send(new GetTableCommand({ DatabaseName, Name: 'orders' }))).Table).toMatchObject({
    Name: 'orders',
    PartitionKeys,
  });
  await expect(glue.send(new GetTableCommand({ DatabaseName, Name: 'none' }))).rejects.toMatchObject({
    name: 'EntityNotFoundException',
  });
});

test('STS says who calls', async () => {
  const { Account, Arn } = await new STSClient(aws.config).send(new GetCallerIdentityCommand({}));
  expect(Account).toMatch(/^\d{12}$/);
  expect(Arn).toContain(Account);
});
