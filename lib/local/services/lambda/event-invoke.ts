/** What becomes of asynchronous events, by the qualifier that they are sent to. */
import type { FunctionEventInvokeConfig, PutFunctionEventInvokeConfigRequest } from '@aws-sdk/client-lambda';
import { AwsError, type CloudContext } from '../../service';
import { functionArn, LATEST } from './names';
import type { AsyncConfig, FunctionRecord } from './state';

export function asyncConfigOf(record: FunctionRecord, qualifier: string = LATEST): AsyncConfig | undefined {
  return qualifier === LATEST ? record.asynchronous : record.asynchronousOf?.[qualifier];
}

export function withAsyncConfig(
  record: FunctionRecord,
  qualifier: string = LATEST,
  config?: AsyncConfig,
): FunctionRecord {
  if (qualifier === LATEST) {
    const { asynchronous: _, ...others } = record;
    return config === undefined ? others : { ...others, asynchronous: config };
  }
  const { [qualifier]: _, ...others } = record.asynchronousOf ?? {};
  return { ...record, asynchronousOf: config === undefined ? others : { ...others, [qualifier]: config } };
}

/** `base`: what stays where the request names nothing. */
export function asyncConfigFrom(
  input: PutFunctionEventInvokeConfigRequest,
  record: FunctionRecord,
  now: number,
  base: Partial<AsyncConfig> = {},
): AsyncConfig {
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
  for (const arn of [OnSuccess?.Destination, OnFailure?.Destination]) refuseDestination(arn, record);
  if (OnSuccess?.Destination?.startsWith('arn:aws:s3:'))
    throw refused('S3 is not supported as an OnSuccess destination.');
  const given = {
    maxRetries: input.MaximumRetryAttempts,
    maxAgeSeconds: input.MaximumEventAgeInSeconds,
    onSuccessArn: OnSuccess?.Destination,
    onFailureArn: OnFailure?.Destination,
  };
  // An empty destination removes the one that was there.
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const merged = { ...base, ...set, lastModified: now };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== '')) as unknown as AsyncConfig;
}

function refuseDestination(arn: string | undefined, record: FunctionRecord): void {
  if (arn === undefined || arn === '') return;
  if (!/^arn:aws[\w-]*:(sqs|sns|lambda|events|s3):/.test(arn))
    throw refused(`The provided destination config DestinationConfig is invalid: ${arn}`);
  if (arn === record.arn || arn.startsWith(`${record.arn}:`))
    throw refused("You can't set the function itself as its destination.");
}

const refused = (message: string) => new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });

export function eventInvokeConfigOf(
  cloud: CloudContext,
  record: FunctionRecord,
  qualifier: string | undefined,
  config: AsyncConfig,
): FunctionEventInvokeConfig {
  return {
    FunctionArn: functionArn(cloud, { name: record.name, qualifier: qualifier ?? LATEST }),
    LastModified: new Date(config.lastModified),
    ...(config.maxRetries === undefined ? {} : { MaximumRetryAttempts: config.maxRetries }),
    ...(config.maxAgeSeconds === undefined ? {} : { MaximumEventAgeInSeconds: config.maxAgeSeconds }),
    DestinationConfig: {
      OnSuccess: config.onSuccessArn === undefined ? {} : { Destination: config.onSuccessArn },
      OnFailure: config.onFailureArn === undefined ? {} : { Destination: config.onFailureArn },
    },
  };
}

/** Throws ResourceNotFoundException where none is set. */
export function requireAsyncConfig(cloud: CloudContext, record: FunctionRecord, qualifier?: string): AsyncConfig {
  const config = asyncConfigOf(record, qualifier);
  if (config !== undefined) return config;
  const arn = functionArn(cloud, { name: record.name, qualifier: qualifier ?? LATEST });
  throw new AwsError('ResourceNotFoundException', `The function ${arn} doesn't have an EventInvokeConfig`, 404, {
    Type: 'User',
  });
}
