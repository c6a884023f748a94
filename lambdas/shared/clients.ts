/**
 * AWS clients, one of each kind for a function's life: connections are kept alive between invocations. `AWS_ENDPOINT_URL`
 * (which the SDK reads itself) sends every call to the local cloud.
 */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EMRServerlessClient } from '@aws-sdk/client-emr-serverless';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GlueClient } from '@aws-sdk/client-glue';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { S3Client, type ServiceInputTypes, type ServiceOutputTypes } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { BuildMiddleware, Logger } from '@smithy/types';
import { environment } from './environment';
import { counting } from './usage';

// `@__PURE__`: a bundle leaves out the clients that its function does not use.

/**
 * How long a client waits for a connection that says nothing, before it tries again. Timeouts nest: the SDK's lies so far below the
 * function's that a second attempt fits in, the function's below the state's.
 */
export const PATIENCE_MS = {
  standard: 10_000,
  /** completing a large multipart upload */
  s3: 30_000,
  /** DescribeStatement waits for 30 s where it is asked to */
  redshiftData: 40_000,
  /** a call is answered after 45 s at the latest */
  rdsData: 50_000,
} as const;

/** Retries are the SDK's standard ones (exponential, jittered); the state machine retries the whole task on top of them. */
const settings = (socketTimeout: number = PATIENCE_MS.standard) => ({
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 3_000, socketTimeout },
  logger: QUIET,
});

const nothing = (): void => {};
/**
 * With a logger that has `info`, even its own that does nothing, the SDK copies each request and answer for it, without what is
 * secret: a quarter of the time that reading a page of DynamoDB takes. It asks whether there is one.
 */
const QUIET = { trace: nothing, debug: nothing, warn: nothing } as unknown as Logger;

export const s3 = /* @__PURE__ */ once(() => {
  // A bucket's name in the host name does not resolve on a laptop, so the local cloud is addressed by path.
  const forcePathStyle = Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL);
  const client = new S3Client({ ...settings(PATIENCE_MS.s3), forcePathStyle });
  client.middlewareStack.add(leaveBodyUnsigned, { step: 'build', name: 'leaveBodyUnsigned' });
  return client;
});

/** TLS and the signed CRC32 guard the body already: its SHA-256 as well would take 3 % of an extract. */
const leaveBodyUnsigned: BuildMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next) => (args) => {
  const request = args.request as { method?: string; headers?: Record<string, string> };
  if (request.method === 'PUT' && request.headers) request.headers['x-amz-content-sha256'] = 'UNSIGNED-PAYLOAD';
  return next(args);
};

export const cloudWatchLogs = /* @__PURE__ */ once(() => new CloudWatchLogsClient(settings()));
export const dynamoDb = /* @__PURE__ */ once(() => new DynamoDBClient(settings()));
/**
 * What the SDK does with a command is put together once, not for each: a fifth of the time of a small write. What is added to a single command
 * (as the reading of pages does) is not seen then, or goes on to all that follow.
 */
const PUT_TOGETHER_ONCE = { cacheMiddleware: true };
/** For very many small writes: a socket for each that may be under way, and longer patience with throttling. */
export const dynamoDbWriter = /* @__PURE__ */ once(
  () =>
    new DynamoDBClient({
      ...settings(),
      ...PUT_TOGETHER_ONCE,
      maxAttempts: 6,
      requestHandler: {
        connectionTimeout: 3_000,
        socketTimeout: PATIENCE_MS.standard,
        httpAgent: { keepAlive: true, maxSockets: 128 },
        httpsAgent: { keepAlive: true, maxSockets: 128 },
      },
    }),
);
export const eventBridge = /* @__PURE__ */ once(() => new EventBridgeClient(settings()));
export const emrServerless = /* @__PURE__ */ once(() => new EMRServerlessClient(settings()));
export const glue = /* @__PURE__ */ once(() => new GlueClient(settings()));
/** A shard is read five times a second by all of its readers together: who is refused waits for a turn. */
export const KINESIS_ATTEMPTS = 10;
/** By itself it speaks HTTP/2, with a new connection for each request. */
export const kinesis = /* @__PURE__ */ once(() => {
  const { requestHandler, ...others } = settings();
  return new KinesisClient({
    ...others,
    maxAttempts: KINESIS_ATTEMPTS,
    requestHandler: new NodeHttpHandler(requestHandler),
  });
});
export const sqs = /* @__PURE__ */ once(() => new SQSClient(settings()));
export const rdsData = /* @__PURE__ */ once(() => new RDSDataClient(settings(PATIENCE_MS.rdsData)));
export const redshiftData = /* @__PURE__ */ once(() => new RedshiftDataClient(settings(PATIENCE_MS.redshiftData)));
export const scheduler = /* @__PURE__ */ once(() => new SchedulerClient(settings()));
export const secretsManager = /* @__PURE__ */ once(() => new SecretsManagerClient(settings()));
export const stepFunctions = /* @__PURE__ */ once(() => new SFNClient(settings()));
export const sns = /* @__PURE__ */ once(() => new SNSClient(settings()));
const sts = /* @__PURE__ */ once(() => new STSClient(settings()));

const redshiftDataAsRole = new Map<string, RedshiftDataClient>();

/**
 * Redshift's Data API as another role: it tells of a statement only to the role that ran it, so whoever handles a pipeline's
 * statements does it as the pipeline's role. The SDK keeps the credentials until 5 minutes before they expire.
 */
export function redshiftDataAs(roleArn: string): RedshiftDataClient {
  const known = redshiftDataAsRole.get(roleArn);
  if (known) return known;
  const client = new RedshiftDataClient({
    ...settings(PATIENCE_MS.redshiftData),
    credentials: () => credentialsOf(roleArn),
  });
  redshiftDataAsRole.set(roleArn, client);
  return client;
}

async function credentialsOf(roleArn: string) {
  const { Credentials } = await sts().send(
    new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: environment('AWS_LAMBDA_FUNCTION_NAME') }),
  );
  return {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
    expiration: Credentials!.Expiration!,
  };
}

function once<T extends Client>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= counted(make());
    return made;
  };
}

interface Client {
  readonly middlewareStack: { use(plugin: never): void };
}

function counted<T extends Client>(client: T): T {
  // Each client has a type of stack of its own.
  client.middlewareStack.use(counting as never);
  return client;
}
