import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudWatchClient, DescribeAlarmsCommand, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTableCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { RDSDataClient, ExecuteStatementCommand as RdsStatement } from '@aws-sdk/client-rds-data';
import {
  DescribeStatementCommand,
  GetStatementResultCommand,
  RedshiftDataClient,
  ExecuteStatementCommand as RedshiftStatement,
} from '@aws-sdk/client-redshift-data';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeStateMachineCommand, ListExecutionsCommand, ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { ListSubscriptionsCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Upload } from '@aws-sdk/lib-storage';
import type { Cloud } from '../../lib/local/cloud';
import { localClientOptions } from '../../lib/operate/local';
import { type FileReading, readFile, tablesOf } from './independent-reading';
import { csvFile, gzipped, ndjsonFile, orderRows } from './order-files';
import { createWorkspace, type Drop, mails, Orders, startIn, until, type Workspace } from './orders-cloud';
import { readTables } from './tables';

let workspace: Workspace;
let cloud: Cloud;
let orders: Orders;
const published: FileReading[] = [];
const folder = mkdtempSync(join(tmpdir(), 'stepwell-files-'));

beforeAll(async () => {
  workspace = await createWorkspace();
  cloud = await startIn(workspace);
  orders = new Orders(cloud);
});
afterAll(async () => {
  orders?.close();
  await cloud?.stop();
  workspace?.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function expectTablesAsPublished(): Promise<void> {
  const { aurora, ...actual } = await readTables(orders);
  const expected = tablesOf(published);
  expect(actual).toEqual(expected);
  expect(aurora).toEqual(expected.orders);
}

const secretOf = async (word: string): Promise<string> => {
  const client = new SecretsManagerClient(localClientOptions(cloud.endpoint));
  const { SecretList = [] } = await client.send(new ListSecretsCommand({}));
  return SecretList.find(({ Name }) => Name?.includes(word))?.ARN ?? '';
};

describe('the AWS SDK', () => {
  const client = () => localClientOptions(cloud.endpoint);

  test('S3: a streamed upload starts a run; objects are listed, read and deleted', async () => {
    const body = csvFile(orderRows({ seed: 31, orders: 30, first: 1000 }));
    const Key = 'orders/by the SDK.csv';
    const { VersionId = '' } = await new Upload({
      client: orders.s3,
      params: { Bucket: orders.landing, Key, Body: body },
    }).done();

    expect(await orders.runOf({ key: Key, versionId: VersionId })).toMatchObject({ status: 'SUCCEEDED' });
    published.push(readFile(Key, body));
    await expectTablesAsPublished();

    const keys: (string | undefined)[] = [];
    for await (const page of paginateListObjectsV2({ client: orders.s3, pageSize: 1 }, { Bucket: orders.landing }))
      keys.push(...(page.Contents ?? []).map((object) => object.Key));
    expect(keys).toEqual([Key]);
    const { Body } = await orders.s3.send(new GetObjectCommand({ Bucket: orders.landing, Key, Range: 'bytes=0-3' }));
    expect(await Body?.transformToString()).toBe('Name');
    await orders.s3.send(new DeleteObjectCommand({ Bucket: orders.landing, Key }));
    expect((await orders.s3.send(new ListObjectsV2Command({ Bucket: orders.landing }))).KeyCount).toBe(0);
    // The version stays, as nothing that was dropped is lost.
    const { ContentLength } = await orders.s3.send(
      new GetObjectCommand({ Bucket: orders.landing, Key, VersionId, Range: 'bytes=0-9' }),
    );
    expect(ContentLength).toBe(10);
  });

  test('Step Functions, DynamoDB, Logs and CloudWatch tell of the run', async () => {
    const { stateMachines = [] } = await orders.sfn.send(new ListStateMachinesCommand({}));
    expect(stateMachines.map(({ name }) => name)).toContain('stepwell-orders');
    const machine = await orders.sfn.send(new DescribeStateMachineCommand({ stateMachineArn: orders.stateMachineArn }));
    expect(JSON.parse(machine.definition ?? '').StartAt).toBe('Admit');
    const { executions: [execution] = [] } = await orders.sfn.send(
      new ListExecutionsCommand({ stateMachineArn: orders.stateMachineArn, statusFilter: 'SUCCEEDED' }),
    );
    const history = await orders.history(execution?.executionArn ?? '');
    expect([history[0]?.type, history.at(-1)?.type]).toEqual(['ExecutionStarted', 'ExecutionSucceeded']);

    const TableName = orders.output('Stepwell-Foundation', 'LedgerTableName');
    expect((await orders.dynamo.send(new DescribeTableCommand({ TableName }))).Table?.TableStatus).toBe('ACTIVE');
    const { Items = [] } = await orders.dynamo.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pipeline AND begins_with(sk, :run)',
        ExpressionAttributeValues: { ':pipeline': { S: 'pipeline#orders' }, ':run': { S: 'run#' } },
      }),
    );
    expect(Items.map(({ status }) => status?.S)).toEqual(['SUCCEEDED']);

    const logs = new CloudWatchLogsClient(client());
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({}));
    const logGroupName = logGroups.find((group) => /orders.*record/i.test(group.logGroupName ?? ''))?.logGroupName;
    await until(async () => {
      const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, filterPattern: 'REPORT' }));
      return events.length > 0 ? events : undefined;
    });

    const cloudWatch = new CloudWatchClient(client());
    await until(async () => {
      const { Metrics = [] } = await cloudWatch.send(new ListMetricsCommand({ Namespace: 'Stepwell' }));
      return Metrics.some(({ MetricName }) => MetricName === 'RowsPublished') || undefined;
    });
    const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({}));
    expect(MetricAlarms.length).toBeGreaterThan(3);
    for (const one of [logs, cloudWatch]) one.destroy();
  });

  test('SQS and SNS pass messages, and mail', async () => {
    const sqs = new SQSClient(client());
    const QueueUrl = orders.output('Stepwell-Orders', 'DeadLetterQueueUrl');
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello 🧾' }));
    const { Messages: [message] = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(message?.Body).toBe('hello 🧾');
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }));

    const sns = new SNSClient(client());
    const TopicArn = orders.output('Stepwell-Orders', 'AlertsTopicArn');
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsCommand({}));
    expect(Subscriptions).toContainEqual(
      expect.objectContaining({ TopicArn, Protocol: 'email', Endpoint: 'data@example.com' }),
    );
    // The pipeline's address wants some kinds of alerts only.
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'failure' } };
    await sns.send(new PublishCommand({ TopicArn, Subject: 'a test', Message: 'by the SDK', MessageAttributes }));
    const [mail] = await until(() => {
      const found = mails(workspace.stateDir, 'by the SDK');
      return found.length > 0 ? found : undefined;
    });
    expect(mail?.subject).toBe('a test');
    for (const one of [sqs, sns]) one.destroy();
  });

  test('Secrets Manager opens both databases, whose Data APIs read the tables', async () => {
    const secrets = new SecretsManagerClient(client());
    const secretArn = await secretOf('redshift-admin');
    const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
    expect(JSON.parse(SecretString)).toMatchObject({ username: expect.any(String), password: expect.any(String) });

    const redshift = new RedshiftDataClient(client());
    const { Id } = await redshift.send(
      new RedshiftStatement({
        WorkgroupName: orders.output('Stepwell-Foundation', 'RedshiftWorkgroupName'),
        Database: 'stepwell',
        SecretArn: secretArn,
        Sql: 'SELECT COUNT(*) AS n FROM shop.order_lines WHERE quantity > :least',
        Parameters: [{ name: 'least', value: '0' }],
      }),
    );
    await until(async () => {
      const { Status, Error: failed } = await redshift.send(new DescribeStatementCommand({ Id }));
      if (Status === 'FAILED') throw new Error(failed);
      return Status === 'FINISHED' || undefined;
    });
    const { Records } = await redshift.send(new GetStatementResultCommand({ Id }));
    expect(Records).toEqual([[{ longValue: tablesOf(published).order_lines.length }]]);

    const rds = new RDSDataClient(client());
    const { records } = await rds.send(
      new RdsStatement({
        resourceArn: orders.output('Stepwell-Foundation', 'AuroraClusterArn'),
        secretArn: await secretOf('rds!cluster'),
        database: 'stepwell',
        sql: 'SELECT count(*) FROM shop.orders WHERE line_count >= :least',
        parameters: [{ name: 'least', value: { longValue: 1 } }],
      }),
    );
    expect(records).toEqual([[{ longValue: tablesOf(published).orders.length }]]);
    for (const one of [secrets, redshift, rds]) one.destroy();
  });
});

const AWS_CLI = versionOf('aws');
const PSQL = versionOf('psql');

/** What the program answers; empty where there is none. */
function versionOf(program: string): string {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/** As in a shell that has credentials of any kind, and no configuration. */
const environment = () => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))),
  AWS_ACCESS_KEY_ID: 'any',
  AWS_SECRET_ACCESS_KEY: 'any',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_CONFIG_FILE: join(folder, 'none'),
  AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
  AWS_PAGER: '',
});

async function aws(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('aws', ['--endpoint-url', cloud.endpoint, ...args], {
    env: environment(),
  });
  return stdout;
}

const awsJson = async (...args: string[]) => JSON.parse((await aws(...args, '--output', 'json')) || '{}');

(AWS_CLI ? describe : describe.skip)('the AWS CLI', () => {
  const put: { key: string; file: string; body: Buffer }[] = [];

  test('s3 cp starts runs whose rows are in the tables; ls, cp back and rm', async () => {
    for (const [name, body] of [
      [
        "by the CLI, it's +1 %2F 🧾.csv",
        csvFile(orderRows({ seed: 32, orders: 20, first: 2000 }), { newline: '\r\n' }),
      ],
      ['by the CLI.csv.gz', gzipped(csvFile(orderRows({ seed: 33, orders: 20, first: 3000 })))],
      ['by the CLI.ndjson', ndjsonFile(orderRows({ seed: 34, orders: 20, first: 4000 }))],
    ] as const) {
      const file = join(folder, name);
      writeFileSync(file, body);
      put.push({ key: `orders/${name}`, file, body });
    }
    await Promise.all(put.map(({ file }) => aws('s3', 'cp', '--quiet', file, `s3://${orders.landing}/orders/`)));

    for (const { key, body } of put) {
      const run = await orders.runOf(await latest(key));
      expect(run).toMatchObject({ status: 'SUCCEEDED' });
      published.push(readFile(key, body));
    }
    await expectTablesAsPublished();

    const listed = await aws('s3', 'ls', '--recursive', `s3://${orders.landing}/`);
    for (const { key, body } of put) expect(listed).toContain(`${body.length} ${key}\n`);
    const [{ key, file, body }] = put as [(typeof put)[0]];
    await aws('s3', 'cp', '--quiet', `s3://${orders.landing}/${key}`, `${file}.back`);
    expect(readFileSync(`${file}.back`)).toEqual(body);
    await aws('s3', 'rm', '--quiet', '--recursive', `s3://${orders.landing}/orders/`);
    await expect(aws('s3', 'ls', `s3://${orders.landing}/orders/`)).rejects.toThrow();
  });

  test('stepfunctions, dynamodb, logs and cloudwatch', async () => {
    const machine = ['--state-machine-arn', orders.stateMachineArn];
    const [machines, described, { executions }, table, metrics, groups] = await Promise.all([
      awsJson('stepfunctions', 'list-state-machines'),
      awsJson('stepfunctions', 'describe-state-machine', ...machine),
      awsJson('stepfunctions', 'list-executions', ...machine, '--status-filter', 'SUCCEEDED'),
      awsJson('dynamodb', 'scan', '--table-name', orders.output('Stepwell-Foundation', 'LedgerTableName')),
      awsJson('cloudwatch', 'list-metrics', '--namespace', 'Stepwell'),
      awsJson('logs', 'describe-log-groups'),
    ]);
    expect(machines.stateMachines.map(({ name }: { name: string }) => name)).toContain('stepwell-orders');
    expect(described.status).toBe('ACTIVE');
    expect(executions).toHaveLength(published.length);
    expect(table.Count).toBeGreaterThan(published.length);
    expect(metrics.Metrics.length).toBeGreaterThan(0);

    const arn = executions[0].executionArn;
    const group = groups.logGroups.find(({ logGroupName }: { logGroupName: string }) =>
      /orders.*record/i.test(logGroupName),
    );
    const [execution, history, tail] = await Promise.all([
      awsJson('stepfunctions', 'describe-execution', '--execution-arn', arn),
      awsJson('stepfunctions', 'get-execution-history', '--execution-arn', arn, '--no-include-execution-data'),
      // Version 1 has no `logs tail`.
      AWS_CLI.includes('aws-cli/1.')
        ? aws('logs', 'filter-log-events', '--log-group-name', group.logGroupName, '--filter-pattern', 'REPORT')
        : aws('logs', 'tail', group.logGroupName, '--since', '1h', '--format', 'short'),
    ]);
    expect(execution.status).toBe('SUCCEEDED');
    expect(history.events.at(-1).type).toBe('ExecutionSucceeded');
    expect(tail).toContain('REPORT RequestId');
  });

  test('sqs, sns, secretsmanager, redshift-data and rds-data', async () => {
    const queue = ['--queue-url', orders.output('Stepwell-Orders', 'DeadLetterQueueUrl')];
    const redshiftAdmin = await secretOf('redshift-admin');
    const [, topics, secret, statement, counted] = await Promise.all([
      aws('sqs', 'send-message', ...queue, '--message-body', 'by the CLI'),
      awsJson('sns', 'list-topics'),
      awsJson('secretsmanager', 'get-secret-value', '--secret-id', redshiftAdmin),
      awsJson(
        ...['redshift-data', 'execute-statement', '--workgroup-name', 'stepwell', '--database', 'stepwell'],
        ...['--secret-arn', redshiftAdmin, '--sql', 'SELECT COUNT(*) FROM shop.orders'],
      ),
      awsJson(
        ...['rds-data', 'execute-statement', '--database', 'stepwell', '--sql', 'SELECT count(*) FROM shop.orders'],
        ...['--resource-arn', orders.output('Stepwell-Foundation', 'AuroraClusterArn')],
        ...['--secret-arn', await secretOf('rds!cluster')],
      ),
    ]);
    expect(topics.Topics.map(({ TopicArn }: { TopicArn: string }) => TopicArn)).toContain(
      orders.output('Stepwell-Orders', 'AlertsTopicArn'),
    );
    expect(JSON.parse(secret.SecretString)).toHaveProperty('password');
    const count = [[{ longValue: tablesOf(published).orders.length }]];
    expect(counted.records).toEqual(count);
    const [received, result] = await Promise.all([
      awsJson('sqs', 'receive-message', ...queue, '--wait-time-seconds', '5'),
      until(async () => {
        const { Status } = await awsJson('redshift-data', 'describe-statement', '--id', statement.Id);
        return Status === 'FINISHED'
          ? awsJson('redshift-data', 'get-statement-result', '--id', statement.Id)
          : undefined;
      }),
    ]);
    expect(received.Messages[0].Body).toBe('by the CLI');
    expect(result.Records).toEqual(count);
  });
});

async function latest(key: string): Promise<Drop> {
  const { VersionId = '' } = await orders.s3.send(
    new GetObjectCommand({ Bucket: orders.landing, Key: key, Range: 'bytes=0-0' }),
  );
  return { key, versionId: VersionId };
}

(PSQL ? test : test.skip)('psql connects with the printed connection strings', async () => {
  const expected = tablesOf(published);
  for (const [url, table, rows] of [
    [cloud.databases.redshift, 'shop.order_lines', expected.order_lines],
    [cloud.databases.redshift, 'shop.orders', expected.orders],
    [cloud.databases.aurora, 'shop.orders', expected.orders],
  ] as const) {
    const { stdout } = await promisify(execFile)('psql', [url ?? '', '-Atc', `SELECT count(*) FROM ${table}`]);
    expect([table, Number(stdout)]).toEqual([table, rows.length]);
  }
});
