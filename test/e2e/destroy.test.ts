/** From nothing to a pipeline that has run, in a named environment, and back to nothing: through the templates that `cdk deploy` uploads. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand, ListDashboardsCommand } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, ListRulesCommand } from '@aws-sdk/client-eventbridge';
import { GetDatabasesCommand, GlueClient } from '@aws-sdk/client-glue';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListBucketsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { connect } from '../../lib/cli/connect';
import { compileTogether } from '../../lib/compiler';
import { type Cloud, startCloud } from '../../lib/local/cloud';
import { deployed } from '../../lib/operate/connection';
import { runQuery } from '../../lib/operate/database-query';
import { localClientOptions } from '../../lib/operate/local';
import { appOf } from '../../lib/stacks/app';
import { json, stepwell } from '../cli/stepwell';
import { harbours } from '../fixtures/harbours';
import { until } from './orders-cloud';

const ENVIRONMENT = 'dev';
const folder = mkdtempSync(join(tmpdir(), 'stepwell-destroy-'));
const assembly = join(folder, 'cdk.out');
const stateDir = join(folder, 'state');
const lines: string[] = [];
let cloud: Cloud;

async function deploy(): Promise<void> {
  cloud = await startCloud({ assembly, stateDir, port: 0, log: (line) => lines.push(line) });
}

/** As `cdk destroy --all`: no stack is wanted any more, and what was uploaded for them is still in the bootstrap's bucket. */
function withoutStacks(): void {
  const file = join(assembly, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { artifacts: Record<string, { type: string }> };
  const artifacts = Object.fromEntries(
    Object.entries(manifest.artifacts).filter(([, { type }]) => type !== 'aws:cloudformation:stack'),
  );
  writeFileSync(file, JSON.stringify({ ...manifest, artifacts }));
}

beforeAll(async () => {
  process.env.CDK_VALIDATION = 'false';
  const context = { 'stepwell:env': ENVIRONMENT, 'stepwell:environments': { [ENVIRONMENT]: { disposable: true } } };
  const compiled = await compileTogether([{ pipeline: harbours, folder }], ENVIRONMENT);
  appOf(compiled, { outdir: assembly, context }).synth();
  await deploy();
});
afterAll(async () => {
  await cloud?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** By their names, in the whole account. */
async function whatIsThere(): Promise<Record<string, readonly string[]>> {
  const options = localClientOptions(cloud.endpoint);
  const clients: { destroy(): void }[] = [];
  const using = <C extends { destroy(): void }>(client: C): C => {
    clients.push(client);
    return client;
  };
  const named = (all: readonly (string | undefined)[] | undefined) =>
    (all ?? []).map((name) => name!.replace(/-[0-9a-f]{8}$/, '')).sort();
  const s3 = await using(new S3Client({ ...options, forcePathStyle: true })).send(new ListBucketsCommand({}));
  const dynamoDb = await using(new DynamoDBClient(options)).send(new ListTablesCommand({}));
  const glue = await using(new GlueClient(options)).send(new GetDatabasesCommand({}));
  const queues = await using(new SQSClient(options)).send(new ListQueuesCommand({}));
  const topics = await using(new SNSClient(options)).send(new ListTopicsCommand({}));
  const logs = await using(new CloudWatchLogsClient(options)).send(new DescribeLogGroupsCommand({}));
  const secrets = await using(new SecretsManagerClient(options)).send(new ListSecretsCommand({}));
  const schedules = await using(new SchedulerClient(options)).send(new ListSchedulesCommand({}));
  const rules = await using(new EventBridgeClient(options)).send(new ListRulesCommand({}));
  const functions = await using(new LambdaClient(options)).send(new ListFunctionsCommand({}));
  const machines = await using(new SFNClient(options)).send(new ListStateMachinesCommand({}));
  const cloudWatch = using(new CloudWatchClient(options));
  const alarms = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }));
  const dashboards = await cloudWatch.send(new ListDashboardsCommand({}));
  for (const client of clients) client.destroy();
  const found = {
    buckets: named(s3.Buckets?.map(({ Name }) => Name)),
    tables: named(dynamoDb.TableNames),
    catalog: named(glue.DatabaseList?.map(({ Name }) => Name)),
    queues: named(queues.QueueUrls?.map((url) => url.split('/').at(-1))),
    topics: named(topics.Topics?.map(({ TopicArn }) => TopicArn?.split(':').at(-1))),
    logGroups: named(logs.logGroups?.map(({ logGroupName }) => logGroupName)),
    secrets: named(secrets.SecretList?.map(({ Name }) => Name)),
    schedules: named(schedules.Schedules?.map(({ Name }) => Name)),
    rules: named(rules.Rules?.map(({ Name }) => Name)),
    functions: named(functions.Functions?.map(({ FunctionName }) => FunctionName)),
    stateMachines: named(machines.stateMachines?.map(({ name }) => name)),
    alarms: named([
      ...(alarms.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName),
      ...(alarms.CompositeAlarms ?? []).map(({ AlarmName }) => AlarmName),
    ]),
    dashboards: named(dashboards.DashboardEntries?.map(({ DashboardName }) => DashboardName)),
  };
  return Object.fromEntries(Object.entries(found).filter(([, names]) => names.length > 0));
}

const asked = ['--env', ENVIRONMENT, '--state-dir', stateDir];

test('what is deployed in a named environment runs, and the CLI finds it by the name alone', async () => {
  const landing = cloud.outputs['Stepwell-Dev-Foundation']!.LandingBucketName!;
  const s3 = new S3Client({ ...localClientOptions(cloud.endpoint), forcePathStyle: true });
  await s3.send(
    new PutObjectCommand({ Bucket: landing, Key: 'harbours/one.csv', Body: 'id,place\n1,Bergen\n2,Bodø\n' }),
  );
  s3.destroy();

  const ended = await until(async () => {
    const [run] = await json<{ status: string; error?: unknown }[]>('runs', 'harbours', ...asked);
    return run === undefined || run.status === 'RUNNING' ? undefined : run;
  });
  expect(ended).toMatchObject({ status: 'SUCCEEDED' });

  const said = jest.spyOn(console, 'error').mockImplementation(() => {});
  const connection = await connect({ env: ENVIRONMENT, stateDir });
  said.mockRestore();
  const stacks = await deployed(connection);
  for (const database of ['aurora', 'redshift'] as const) {
    const target = { database, pipeline: 'harbours' };
    expect(await runQuery(connection, stacks, target, 'SELECT count(*) AS n FROM sea.rows')).toMatchObject({
      rows: [[2]],
    });
  }
  const unnamed = await stepwell('runs', 'harbours', '--state-dir', stateDir);
  expect(unnamed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("There is no pipeline 'harbours'") });
});

test('a destroyed trial leaves nothing behind: no bucket, table, log group, secret, rule or function', async () => {
  const before = await whatIsThere();
  for (const kind of ['buckets', 'tables', 'catalog', 'logGroups', 'secrets', 'functions', 'stateMachines', 'alarms'])
    expect(before[kind]!.length).toBeGreaterThan(0);

  await cloud.stop();
  lines.splice(0);
  withoutStacks();
  await deploy();

  // The local cloud has one PostgreSQL for all clusters: their databases, and what RDS itself keeps for them, stay in it.
  expect(
    lines
      .filter((line) => line.includes(': kept '))
      .map((line) => line.replace(/.*kept (\S+) .*/, '$1'))
      .sort(),
  ).toEqual(['AWS::RDS::DBCluster', 'AWS::RedshiftServerless::Namespace']);
  const { secrets = [], ...others } = await whatIsThere();
  expect(others).toEqual({});
  expect(secrets.filter((name) => !name.startsWith('rds!cluster-'))).toEqual([]);
});
