/** Jobs of EMR Serverless by a real Spark, and without one; test/e2e/spark.test.ts has those that fail and are cancelled. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmrServerlessService } from '../../../lib/local/services/emr-serverless';
import { findSpark, NO_SPARK } from '../../../lib/local/services/emr-serverless/find-spark';
import { createLogsService } from '../../../lib/local/services/logs';
import { createS3Service } from '../../../lib/local/services/s3';
import { useShortLivedJvms } from '../../spark-jvm';
import { type TestCloud, testCloud } from '../cloud';

const executionRoleArn = 'arn:aws:iam::000000000000:role/job';
const onSpark = findSpark() ? test : test.skip;

let cloud: TestCloud;
let applicationId: string;
const events: { state: string; jobRunId?: string }[] = [];

let objects: string;

beforeAll(async () => {
  useShortLivedJvms();
  objects = await mkdtemp(join(tmpdir(), 'stepwell-jobs-'));
  cloud = await testCloud({
    services: () => [createS3Service({ stateDir: objects }), createLogsService(), createEmrServerlessService()],
    other: ({ operation, input }) => {
      if (operation === 'PutEvents') events.push(JSON.parse(input.Entries[0].Detail));
      return {};
    },
  });
  await cloud.run('s3', 'CreateBucket', { Bucket: 'work' });
  await cloud.run('logs', 'CreateLogGroup', { logGroupName: '/jobs' });
  ({ applicationId } = await emr('CreateApplication', {
    name: 'a',
    type: 'SPARK',
    releaseLabel: 'emr-7.9.0',
    clientToken: 'a',
    maximumCapacity: { cpu: '16 vCPU', memory: '64 GB' },
  }));
});
afterAll(async () => {
  await cloud.stop();
  await rm(objects, { recursive: true, force: true });
});

const emr = (operation: string, input: object) => cloud.run('emr-serverless', operation, input);

async function start(script: string, input: object = {}, parameters = ''): Promise<string> {
  const Key = `scripts/${createHash('sha256').update(script).digest('hex')}.py`;
  await cloud.run('s3', 'PutObject', { Bucket: 'work', Key, Body: Buffer.from(script) });
  const { jobRunId } = await emr('StartJobRun', {
    applicationId,
    clientToken: `${Math.random()}`,
    executionRoleArn,
    jobDriver: {
      sparkSubmit: {
        entryPoint: `s3://work/${Key}`,
        sparkSubmitParameters: `--conf spark.driver.memory=1g --conf spark.executor.memory=1g ${parameters}`,
      },
    },
    configurationOverrides: {
      monitoringConfiguration: {
        cloudWatchLoggingConfiguration: { enabled: true, logGroupName: '/jobs', logStreamNamePrefix: 'run' },
      },
    },
    ...input,
  });
  return jobRunId;
}

const job = async (jobRunId: string) => (await emr('GetJobRun', { applicationId, jobRunId })).jobRun;

async function until(jobRunId: string, ...states: string[]) {
  for (;;) {
    const run = await job(jobRunId);
    if (states.includes(run.state)) return run;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const ended = (jobRunId: string) => until(jobRunId, 'SUCCESS', 'FAILED', 'CANCELLED');
const keys = async (Prefix: string): Promise<string[]> =>
  ((await cloud.run('s3', 'ListObjectsV2', { Bucket: 'work', Prefix })).Contents ?? []).map(
    ({ Key }: { Key: string }) => Key,
  );

const SESSION = 'from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n';

onSpark('a job reads and writes s3:// as its role, logs where it is told, and says what it has used', async () => {
  const script = `${SESSION}
spark.range(1000).repartition(2).write.parquet('s3://work/out/one')
again = spark.read.parquet('s3://work/out/one')
print('rows', again.count(), 'sum', again.selectExpr('sum(id)').first()[0])
`;
  const id = await start(script);
  const run = await ended(id);

  expect(run).toMatchObject({
    state: 'SUCCESS',
    attempt: 1,
    totalResourceUtilization: { vCPUHour: expect.any(Number) },
  });
  expect(run.billedResourceUtilization.vCPUHour).toBeGreaterThan(0);
  const written = await keys('out/one/');
  expect(written.map((key) => key.replace(/part-(\d+).*/, 'part-$1'))).toEqual([
    'out/one/_SUCCESS',
    'out/one/part-00000',
    'out/one/part-00001',
  ]);
  const { events: lines } = await cloud.run('logs', 'FilterLogEvents', {
    logGroupName: '/jobs',
    logStreamNamePrefix: 'run',
    filterPattern: 'rows',
  });
  expect(lines.map(({ message }: { message: string }) => message)).toEqual(['rows 1000 sum 499500']);
  const asJob = cloud.calls.filter(({ operation }) => operation === 'PutObject' || operation === 'GetObject');
  expect(new Set(asJob.map(({ principal }) => principal.kind === 'role' && principal.roleArn))).toEqual(
    new Set([executionRoleArn]),
  );
  expect(events.filter(({ jobRunId }) => jobRunId === id).map(({ state }) => state)).toEqual([
    'PENDING',
    'SCHEDULED',
    'RUNNING',
    'SUCCESS',
  ]);
});

test('the same client token is the same job; other parameters under it are refused', async () => {
  const given = { clientToken: 'one', executionTimeoutMinutes: 5 };
  const first = await start('pass', given);
  expect(await start('pass', given)).toBe(first);
  await expect(start('pass', { ...given, executionTimeoutMinutes: 6 })).rejects.toMatchObject({
    code: 'ConflictException',
  });
  await ended(first);
});

test('a job that asks for more than the application may have is refused in words', async () => {
  const run = await ended(await start('pass', {}, '--conf spark.executor.cores=16'));
  expect(run).toMatchObject({ state: 'FAILED', stateDetails: expect.stringMatching(/exceeded maximumCapacity/) });
});

test('where no Spark is installed, the job fails with the sentence that says how to install one', async () => {
  const { PATH, JAVA_HOME } = process.env;
  process.env.PATH = '/nowhere';
  delete process.env.JAVA_HOME;
  try {
    const run = await ended(await start('pass'));
    expect(run).toMatchObject({ state: 'FAILED', stateDetails: NO_SPARK });
  } finally {
    process.env.PATH = PATH;
    if (JAVA_HOME !== undefined) process.env.JAVA_HOME = JAVA_HOME;
  }
});
