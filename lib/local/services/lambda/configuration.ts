/** Between the API's shapes and a function's record. */
import { randomUUID } from 'node:crypto';
import type {
  CreateFunctionRequest,
  FunctionConfiguration,
  UpdateFunctionConfigurationRequest,
} from '@aws-sdk/client-lambda';
import { AwsError, type CallContext } from '../../service';
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
const MAX_MEMORY_MB = 10_240;
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
  const refuse = (message: string) => {
    throw new AwsError('InvalidParameterValueException', message, 400, { Type: 'User' });
  };
  const { timeoutSeconds, memoryMb, environment, layerArns, name } = record;
  if (!/^[\w-]{1,64}$/.test(name))
    refuse(`Function name ${name} must be 1 to 64 letters, digits, hyphens and underscores.`);
  if (!(timeoutSeconds >= 1 && timeoutSeconds <= MAX_TIMEOUT_SECONDS))
    refuse(`Timeout ${timeoutSeconds} of ${name}: Lambda allows 1 to ${MAX_TIMEOUT_SECONDS} seconds.`);
  if (!(memoryMb >= 128 && memoryMb <= MAX_MEMORY_MB))
    refuse(`MemorySize ${memoryMb} of ${name}: Lambda allows 128 to ${MAX_MEMORY_MB} MB.`);
  if (layerArns.length > MAX_LAYERS) refuse(`${name} has ${layerArns.length} layers: Lambda allows ${MAX_LAYERS}.`);
  const bytes = Buffer.byteLength(JSON.stringify(environment));
  if (bytes > MAX_ENVIRONMENT_BYTES)
    refuse(
      `The environment variables of ${name} are ${bytes} bytes: Lambda was unable to configure more than ${MAX_ENVIRONMENT_BYTES}.`,
    );
  const reserved = Object.keys(environment).find((key) => RESERVED.has(key));
  if (reserved !== undefined)
    refuse(
      `Lambda was unable to configure your environment variables because ${name} sets the reserved key ${reserved}.`,
    );
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
    FunctionArn: record.arn,
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
    Version: '$LATEST',
  };
}
