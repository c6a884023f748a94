/** A pipeline that a stream starts, in its template: the stream, the mapping, the queue, roles, alarms, widgets. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AwsSolutionsChecks } from 'cdk-nag';
import { compileTogether } from '../../lib/compiler';
import {
  append,
  csv,
  definePipeline,
  json,
  key,
  kinesis,
  lake,
  landedFiles,
  s3Arrival,
  sql,
  timestamp,
} from '../../lib/pipeline';
import { signups, USERS_CODE } from '../fixtures/signups';
import { readable, removeAssemblies, type Synthesized, synthesize, type Template } from './assembly';

const folder = mkdtempSync(join(tmpdir(), 'stepwell-stream-stack-'));
let synthesized: Synthesized;
let template: Template;
let feed: Template;

beforeAll(async () => {
  writeFileSync(join(folder, 'users.ts'), USERS_CODE);
  const pipelines = [
    definePipeline({ ...signups(), dashboard: true }),
    definePipeline({
      name: 'signups-feed',
      trigger: s3Arrival('people/*.csv'),
      sources: {
        people: landedFiles({
          glob: 'people/*.csv',
          format: csv(),
          columns: { user_id: key.text(36), login: json(), received_at: timestamp().notNull() },
        }),
      },
      models: { rows: sql.text('SELECT user_id, login, received_at FROM people') },
      sinks: [
        lake({ model: 'rows', table: 'rows', write: append(), partitionBy: [] }),
        kinesis({ model: 'rows', stream: 'signups', partitionBy: 'user_id' }),
      ],
    }),
  ];
  synthesized = synthesize({}, await compileTogether(pipelines.map((pipeline) => ({ pipeline, folder }))));
  template = synthesized.template('Stepwell-Signups');
  feed = synthesized.template('Stepwell-SignupsFeed');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  removeAssemblies();
});

test('the nag finds nothing', () => {
  const found = new AwsSolutionsChecks().validateScope(synthesized.app).violations;
  expect(found.map(({ ruleName, violatingResources }) => [ruleName, violatingResources])).toEqual([]);
});

test('the stream is on demand, encrypted, and outlives its stack', () => {
  const [stream] = template.all('AWS::Kinesis::Stream');

  expect(template.all('AWS::Kinesis::Stream')).toHaveLength(1);
  expect(stream!.Properties).toEqual({
    Name: 'signups',
    StreamModeDetails: { StreamMode: 'ON_DEMAND' },
    RetentionPeriodHours: 168,
    StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
    DesiredShardLevelMetrics: ['IncomingBytes', 'IncomingRecords'],
    Tags: expect.any(Array),
  });
  expect(stream).toMatchObject({ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
});

test('the mapping hands its records on once everything is there that they need', () => {
  const [mapping] = template.all('AWS::Lambda::EventSourceMapping') as unknown as readonly [
    { readonly Properties: object; readonly DependsOn: readonly string[] },
  ];

  expect(readable(mapping.Properties)).toEqual({
    EventSourceArn: '<Stream.Arn>',
    FunctionName: '<ConsumeFunction>',
    StartingPosition: 'TRIM_HORIZON',
    BatchSize: 500,
    MaximumBatchingWindowInSeconds: 5,
    ParallelizationFactor: 1,
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    MaximumRetryAttempts: 10_000,
    MaximumRecordAgeInSeconds: -1,
    TumblingWindowInSeconds: 60,
    DestinationConfig: { OnFailure: { Destination: '<GivenUpQueue.Arn>' } },
    Tags: expect.any(Array),
  });
  const needed = mapping.DependsOn.map((id) => template.document.Resources[id]!.Type);
  expect(needed).toEqual(expect.arrayContaining(['AWS::Events::Rule', 'AWS::DynamoDB::Table', 'AWS::Glue::Table']));
});

test('somebody looks for windows whose counts are not in their tables, where the pipeline counts', () => {
  const rules = template
    .all('AWS::Events::Rule')
    .map(({ Properties }) => readable(Properties) as Record<string, unknown>);

  expect(rules.filter(({ ScheduleExpression }) => ScheduleExpression !== undefined)).toEqual([
    expect.objectContaining({
      ScheduleExpression: 'rate(15 minutes)',
      Targets: [expect.objectContaining({ Arn: '<ConsumeFunction.Arn>' })],
    }),
  ]);
});

test('the function may read its stream, and write what it stages and the live tables, and nothing else', () => {
  const [, role] = template.entries('AWS::IAM::Role').find(([id]) => id.startsWith('ConsumeRole'))!;
  const statements = (role.Properties.Policies[0].PolicyDocument.Statement as unknown[]).map(readable) as {
    Action: string | string[];
    Resource: unknown;
  }[];
  const stream = 'arn:<AWS::Partition>:kinesis:<AWS::Region>:<AWS::AccountId>:stream/signups';
  const table = (name: string) => `arn:<AWS::Partition>:dynamodb:<AWS::Region>:<AWS::AccountId>:table/${name}`;

  expect(statements).toEqual(
    expect.arrayContaining([
      {
        Effect: 'Allow',
        Action: [
          'kinesis:DescribeStream',
          'kinesis:DescribeStreamSummary',
          'kinesis:ListShards',
          'kinesis:GetShardIterator',
          'kinesis:GetRecords',
        ],
        Resource: stream,
      },
      expect.objectContaining({
        Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
        Resource: '<BucketsLandingArn>/streams/signups/*',
      }),
      expect.objectContaining({
        Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
        Resource: ['<BucketsWorkArn>/streams/signups/attempts/*', '<BucketsWorkArn>/counts/signups/*'],
      }),
      { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: table('users') },
      { Effect: 'Allow', Action: 'dynamodb:PutItem', Resource: table('by-country') },
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: '<GivenUpQueue.Arn>' },
    ]),
  );
  expect(JSON.stringify(statements)).not.toMatch(/"\*"[^}]*kinesis|kinesis:Put|dynamodb:DeleteItem|s3:DeleteObject/);
});

test('alarms tell of records that wait, that were given up, and that were refused', () => {
  const alarms = template
    .all('AWS::CloudWatch::Alarm')
    .map(({ Properties }) => readable(Properties) as Record<string, unknown>)
    .filter(({ AlarmName }) => String(AlarmName).includes('-stream-'))
    .map(({ AlarmName, Namespace, MetricName, Threshold, Statistic, AlarmActions }) => ({
      AlarmName,
      of: `${Namespace} ${MetricName} ${Statistic}`,
      Threshold,
      told: (AlarmActions as unknown[]).length,
    }));

  expect(alarms).toEqual([
    {
      AlarmName: 'stepwell-signups-stream-late',
      of: 'AWS/Lambda IteratorAge Maximum',
      Threshold: 900_000,
      told: 1,
    },
    {
      AlarmName: 'stepwell-signups-stream-given-up',
      of: 'AWS/SQS ApproximateNumberOfMessagesVisible Maximum',
      Threshold: 0,
      told: 1,
    },
    {
      AlarmName: 'stepwell-signups-stream-refused',
      of: 'AWS/Kinesis WriteProvisionedThroughputExceeded Sum',
      Threshold: 0,
      told: 1,
    },
  ]);
});

test('the dashboard shows how fast records come, how long they wait, and what is too hot', () => {
  const [dashboard] = template.all('AWS::CloudWatch::Dashboard');
  const body = JSON.stringify(readable(dashboard!.Properties.DashboardBody));

  for (const metric of [
    'IncomingRecords',
    'IncomingBytes',
    'IteratorAge',
    'WriteProvisionedThroughputExceeded',
    'ReadProvisionedThroughputExceeded',
  ])
    expect(body).toContain(metric);
});

test('what operating it needs is in the outputs', () => {
  const outputs = template.document.Outputs as Record<string, { Value: unknown }>;
  expect(
    readable([outputs.StreamName?.Value, outputs.StreamMappingId?.Value, outputs.StreamGivenUpQueueUrl?.Value]),
  ).toEqual(['<Stream>', '<StreamMapping>', '<GivenUpQueue>']);
});

test('whoever feeds the stream may put records on it', () => {
  const [, role] = feed.entries('AWS::IAM::Role').find(([id]) => id.startsWith('PutRecordsRole'))!;

  expect((role.Properties.Policies[0].PolicyDocument.Statement as unknown[]).map(readable)).toContainEqual({
    Effect: 'Allow',
    Action: 'kinesis:PutRecords',
    Resource: 'arn:<AWS::Partition>:kinesis:<AWS::Region>:<AWS::AccountId>:stream/signups',
  });
  expect(feed.all('AWS::Kinesis::Stream')).toEqual([]);
});
