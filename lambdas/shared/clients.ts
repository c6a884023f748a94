/**
 * AWS clients, one of each kind for a function's life: connections are kept alive between invocations. `AWS_ENDPOINT_URL`
 * (which the SDK reads itself) sends every call to the local cloud.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';

// `@__PURE__`: a bundle leaves out the clients that its function does not use.

/** Retries are the SDK's standard ones (exponential, jittered); the state machine retries the whole task on top of them. */
const settings = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 3_000, socketTimeout: 60_000 },
} as const;

/** A bucket's name in the host name does not resolve on a laptop, so the local cloud is addressed by path. */
export const s3 = /* @__PURE__ */ once(
  () =>
    new S3Client({
      ...settings,
      forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL),
    }),
);
export const dynamoDb = /* @__PURE__ */ once(() => new DynamoDBClient(settings));
export const glue = /* @__PURE__ */ once(() => new GlueClient(settings));
export const rdsData = /* @__PURE__ */ once(() => new RDSDataClient(settings));
export const redshiftData = /* @__PURE__ */ once(() => new RedshiftDataClient(settings));
export const stepFunctions = /* @__PURE__ */ once(() => new SFNClient(settings));
export const sns = /* @__PURE__ */ once(() => new SNSClient(settings));

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
