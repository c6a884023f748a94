/** Runs the cases of `cases.ts`, each service's against one cloud. */
import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as eventbridge from '@aws-sdk/client-eventbridge';
import * as glue from '@aws-sdk/client-glue';
import * as iam from '@aws-sdk/client-iam';
import * as kinesis from '@aws-sdk/client-kinesis';
import * as lambda from '@aws-sdk/client-lambda';
import * as pipes from '@aws-sdk/client-pipes';
import * as s3 from '@aws-sdk/client-s3';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as secretsmanager from '@aws-sdk/client-secrets-manager';
import * as sfn from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import { createIam } from '../../lib/local/iam';
import { createEventsService } from '../../lib/local/services/events';
import { createGlueService } from '../../lib/local/services/glue';
import { createIamService } from '../../lib/local/services/iam';
import { createKinesisService } from '../../lib/local/services/kinesis';
import { createLambdaService } from '../../lib/local/services/lambda';
import { createLogsService } from '../../lib/local/services/logs';
import { createMonitoringService } from '../../lib/local/services/monitoring';
import { createPipesService } from '../../lib/local/services/pipes';
import { createS3Service } from '../../lib/local/services/s3';
import { createSchedulerService } from '../../lib/local/services/scheduler';
import { createSecretsManagerService } from '../../lib/local/services/secretsmanager';
import { createSnsService } from '../../lib/local/services/sns';
import { createSqsService } from '../../lib/local/services/sqs';
import { createStatesService } from '../../lib/local/services/states';
import { type Aws, connect, isRemote } from './aws';
import { at, type Case, difference, fill, readCases, type Step } from './cases';

interface Client {
  send(command: unknown): Promise<unknown>;
  destroy(): void;
}
type Package = Readonly<Record<string, new (input: object) => unknown>>;

const PACKAGES = {
  events: [eventbridge, eventbridge.EventBridgeClient],
  glue: [glue, glue.GlueClient],
  iam: [iam, iam.IAMClient],
  kinesis: [kinesis, kinesis.KinesisClient],
  lambda: [lambda, lambda.LambdaClient],
  logs: [logs, logs.CloudWatchLogsClient],
  monitoring: [cloudwatch, cloudwatch.CloudWatchClient],
  pipes: [pipes, pipes.PipesClient],
  s3: [s3, s3.S3Client],
  scheduler: [scheduler, scheduler.SchedulerClient],
  secretsmanager: [secretsmanager, secretsmanager.SecretsManagerClient],
  sns: [sns, sns.SNSClient],
  sqs: [sqs, sqs.SQSClient],
  states: [sfn, sfn.SFNClient],
} as const;

const SUITES = [
  'glue',
  'kinesis',
  's3',
  'sqs',
  'sns',
  'events',
  'scheduler',
  'monitoring',
  'logs',
  'pipes',
  'lambda',
  'iam',
  'secretsmanager',
].filter((service) => readCases(service).length > 0);

let aws: Aws;
const clients = new Map<string, Client>();

beforeAll(async () => {
  const roles = createIam({ account: '000000000000', region: 'us-east-1', now: Date.now });
  aws = await connect((stateDir) => [
    createS3Service({ stateDir }),
    createSqsService(),
    createGlueService(),
    createKinesisService(),
    createMonitoringService(),
    createLogsService(),
    createSecretsManagerService(),
    createSnsService(),
    createStatesService(),
    createEventsService(),
    createSchedulerService(),
    createPipesService(),
    createLambdaService({ iam: roles }),
    createIamService(roles.registry),
  ]);
  for (const [name, [, Client]] of Object.entries(PACKAGES)) {
    clients.set(name, new Client({ ...aws.config, forcePathStyle: true }) as unknown as Client);
  }
});

afterAll(async () => {
  for (const client of clients.values()) client.destroy();
  await aws.close();
});

describe.each(SUITES)('%s', (service) => {
  test.each(readCases(service))('%s', async (_, one: Case) => {
    if (isRemote && one.needs?.some((variable) => !process.env[variable])) return;
    for (let isOver = false; !isOver; ) {
      isOver = await play(one).then(
        () => true,
        (error) => {
          if (error instanceof TooLate) return false;
          throw error;
        },
      );
    }
  });
});

/** What was to happen once, at a time that has passed meanwhile, may never happen. Such a case is played again. */
class TooLate extends Error {}

async function play({ steps, finally: last = [], needs = [] }: Case): Promise<void> {
  const kept = new Map<string, unknown>();
  for (const variable of needs)
    kept.set(variable, process.env[variable] ?? `arn:aws:iam::000000000000:role/${variable}`);
  kept.set('now', Date.now());
  const names = new Map<string, string>();
  const name = (key: string) => {
    if (!names.has(key)) names.set(key, aws.name(key));
    return names.get(key) as string;
  };
  try {
    for (const [index, step] of steps.entries()) {
      const problem = await attempt(step, kept, name);
      if (problem) throw new Error(`step ${index + 1}, ${step.call}: ${problem}`);
    }
  } finally {
    for (const step of last) await call(step, kept, name).catch(() => undefined);
  }
}

async function attempt(
  step: Step,
  kept: Map<string, unknown>,
  name: (key: string) => string,
): Promise<string | undefined> {
  for (;;) {
    const problem = await once(step, kept, name);
    if (!problem || !step.eventually) return problem;
    await new Promise((resolve) => setTimeout(resolve, isRemote ? 1_000 : 10));
  }
}

async function once(
  step: Step,
  kept: Map<string, unknown>,
  name: (key: string) => string,
): Promise<string | undefined> {
  let answer: unknown;
  try {
    answer = await call(step, kept, name);
  } catch (error) {
    if (error instanceof TooLate) throw error;
    const { name: code, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if (!step.error) return `${code}: ${message}`;
    return difference(fill(step.error, kept, name), { code, message, status: $metadata?.httpStatusCode });
  }
  if (step.error) return `expected ${step.error.code}, got ${JSON.stringify(answer)}`;
  for (const [key, path] of Object.entries(step.keep ?? {})) kept.set(key, at(answer, path));
  return step.expect === undefined ? undefined : difference(fill(step.expect, kept, name), answer);
}

async function call(step: Step, kept: ReadonlyMap<string, unknown>, name: (key: string) => string): Promise<unknown> {
  const [service = '', operation = ''] = step.call.split('.');
  const [all] = PACKAGES[service as keyof typeof PACKAGES];
  const Command = (all as unknown as Package)[`${operation}Command`];
  if (!Command) throw new Error(`There is no operation ${step.call}.`);
  const input = fill(step.input ?? {}, kept, name) as object;
  const answer = (await clients.get(service)?.send(new Command(input))) as Record<string, unknown>;
  const [, due] = /^at\((\d.*)\)$/.exec((input as { ScheduleExpression?: string }).ScheduleExpression ?? '') ?? [];
  if (due !== undefined && Date.now() >= Date.parse(`${due}Z`)) throw new TooLate();
  const { Body, Payload, LogResult } = answer as {
    Body?: { transformToString?(): Promise<string> };
    Payload?: Uint8Array;
    LogResult?: string;
  };
  return {
    ...answer,
    ...(Body?.transformToString ? { Body: await Body.transformToString() } : {}),
    ...(Payload ? { Payload: Buffer.from(Payload).toString('utf8') } : {}),
    ...(LogResult ? { LogResult: Buffer.from(LogResult, 'base64').toString('utf8') } : {}),
  };
}
