/** Between the API's shapes and a function's record. */
import { randomUUID } from 'node:crypto';
import type {
  CreateFunctionRequest,
  FunctionConfiguration,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import { AwsError, type CallContext } from '../../service';
import { LATEST } from './names';
import type { FunctionRecord } from './state';

type Settings = Omit<UpdateFunctionConfigurationRequest, 'FunctionName'> & Pick<CreateFunctionRequest, 'Architectures'>;

export const DEFAULTS = {
  description: '',
  memoryMb: 128,
  timeoutSeconds: 3,
  environment: {},
  layerArns: [],
  architectures: ['x86_64'],
  ephemeralStorageMb: 512,
  tracingMode: 'PassThrough',
  logFormat: 'Text',
  permissions: [],
} as const;

const MAX_TIMEOUT_SECONDS = 900;
const MIN_MEMORY_MB = 128;
const MAX_MEMORY_MB = 10_240;
const MIN_STORAGE_MB = 512;
const MAX_STORAGE_MB = 10_240;
const MAX_ENVIRONMENT_BYTES = 4096;
const MAX_LAYERS = 5;

/** What the request sets; everything else stays. */
export function changesOf(request: Settings): Partial<FunctionRecord> {
  const changes: Record<string, unknown> = {
    runtime: request.Runtime,
    handler: request.Handler,
    roleArn: request.Role,
    description: request.Description,
    memoryMb: request.MemorySize,
    timeoutSeconds: request.Timeout,
    environment: request.Environment === undefined ? undefined : (request.Environment.Variables ?? {}),
    layerArns: request.Layers,
    architectures: request.Architectures,
    ephemeralStorageMb: request.EphemeralStorage?.Size,
    tracingMode: request.TracingConfig?.Mode,
    logFormat: request.LoggingConfig?.LogFormat,
    logGroup: request.LoggingConfig?.LogGroup,
    deadLetterArn: request.DeadLetterConfig?.TargetArn,
  };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

/** Lambda's own limits, so that a template which AWS would refuse is refused here. */
export function refuseInvalid(record: FunctionRecord): void {
  const { timeoutSeconds, memoryMb, environment, layerArns, ephemeralStorageMb } = record;
  refuseOutside('timeout', timeoutSeconds, 1, MAX_TIMEOUT_SECONDS);
  refuseOutside('memorySize', memoryMb, MIN_MEMORY_MB, MAX_MEMORY_MB);
  refuseOutside('ephemeralStorage.size', ephemeralStorageMb, MIN_STORAGE_MB, MAX_STORAGE_MB);
  if (layerArns.length > MAX_LAYERS) refuse(`Cannot reference more than ${MAX_LAYERS} layers.`);
  const names = Object.keys(environment);
  const odd = names.find((name) => !/^[a-zA-Z]\w+$/.test(name));
  if (odd !== undefined)
    throw validation(
      'environment.variables',
      `{${names.join(', ')}}`,
      'Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]',
    );
  const text = JSON.stringify(environment);
  const because =
    'Lambda was unable to configure your environment variables because the environment variables you have provided';
  if (Buffer.byteLength(text) > MAX_ENVIRONMENT_BYTES)
    refuse(`${because} exceeded the 4KB limit. String measured: ${text}`);
  const reserved = names.filter((name) => RESERVED.has(name));
  if (reserved.length > 0)
    refuse(
      `${because} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved.join(', ')}`,
    );
}

function refuse(message: string): never {
  throw new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });
}

function refuseOutside(member: string, value: number, least: number, most: number): void {
  if (value < least) throw validation(member, value, `Member must have value greater than or equal to ${least}`);
  if (!(value <= most)) throw validation(member, value, `Member must have value less than or equal to ${most}`);
}

function validation(member: string, value: unknown, constraint: string): AwsError {
  const message = `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`;
  return new AwsError('ValidationException', message, 400);
}

const RESERVED: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]);

export function stamped(record: FunctionRecord, { cloud }: CallContext): FunctionRecord {
  return {
    ...record,
    revision: randomUUID(),
    lastModified: new Date(cloud.clock.now()).toISOString().replace('Z', '+0000'),
  };
}

export function configurationOf(record: FunctionRecord): FunctionConfiguration {
  return {
    FunctionName: record.name,
    FunctionArn: record.version === undefined ? record.arn : `${record.arn}:${record.version}`,
    Runtime: record.runtime as FunctionConfiguration['Runtime'] & string,
    Handler: record.handler,
    Role: record.roleArn,
    Description: record.description,
    MemorySize: record.memoryMb,
    Timeout: record.timeoutSeconds,
    Environment: { Variables: { ...record.environment } },
    Layers: record.layerArns.map((Arn) => ({ Arn })),
    Architectures: [...record.architectures] as FunctionConfiguration['Architectures'] & string[],
    EphemeralStorage: { Size: record.ephemeralStorageMb },
    TracingConfig: { Mode: record.tracingMode as 'Active' | 'PassThrough' },
    LoggingConfig: { LogFormat: record.logFormat, LogGroup: record.logGroup },
    ...(record.deadLetterArn === undefined ? {} : { DeadLetterConfig: { TargetArn: record.deadLetterArn } }),
    CodeSha256: Buffer.from(record.code.sha256.slice(0, 64), 'hex').toString('base64'),
    CodeSize: 0,
    LastModified: record.lastModified,
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    RevisionId: record.revision,
    State: 'Active',
    Version: record.version ?? LATEST,
  };
}

/** Of a caller that knows an older state than there is. */
export function refuseStale(revision: string, asked: string | undefined): void {
  if (asked === undefined || asked === revision) return;
  const message =
    'The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to retrieve the latest RevisionId';
  throw new AwsError('PreconditionFailedException', message, 412, { Type: 'User' });
}
