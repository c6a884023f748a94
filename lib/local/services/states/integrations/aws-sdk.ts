/** `arn:aws:states:::aws-sdk:<service>:<action>`: any operation of any service that runs here. */
import { ErrorName } from '../../../../asl/errors';
import { StatesError } from '../../../stepfunctions/errors';
import type { TaskCall } from '../../../stepfunctions/invoker';
import { callService, type Integration, toJson } from './call';

interface SdkService {
  /** The signing name, by which services are called. */
  readonly service: string;
  /** In error names. */
  readonly prefix: string;
  /** Its API writes members in camelCase, Step Functions in PascalCase. */
  readonly camelCase?: boolean;
}

const services: Readonly<Record<string, SdkService>> = {
  cloudformation: { service: 'cloudformation', prefix: 'CloudFormation' },
  cloudwatch: { service: 'monitoring', prefix: 'CloudWatch' },
  cloudwatchlogs: { service: 'logs', prefix: 'CloudWatchLogs', camelCase: true },
  dynamodb: { service: 'dynamodb', prefix: 'DynamoDb' },
  eventbridge: { service: 'events', prefix: 'EventBridge' },
  glue: { service: 'glue', prefix: 'Glue' },
  lambda: { service: 'lambda', prefix: 'Lambda' },
  rdsdata: { service: 'rds-data', prefix: 'RdsData', camelCase: true },
  redshiftdata: { service: 'redshift-data', prefix: 'RedshiftData' },
  s3: { service: 's3', prefix: 'S3' },
  scheduler: { service: 'scheduler', prefix: 'Scheduler' },
  secretsmanager: { service: 'secretsmanager', prefix: 'SecretsManager' },
  sfn: { service: 'states', prefix: 'Sfn', camelCase: true },
  sns: { service: 'sns', prefix: 'Sns' },
  sqs: { service: 'sqs', prefix: 'Sqs' },
  sts: { service: 'sts', prefix: 'Sts' },
};

/** Members that are JSON in a definition and bytes or text in the API. */
const TEXT_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  'lambda.invoke': ['Payload'],
  'sfn.startExecution': ['Input'],
  'sfn.startSyncExecution': ['Input'],
  'sfn.sendTaskSuccess': ['Output'],
  's3.putObject': ['Body'],
};

export async function callSdk(integration: Integration, call: TaskCall): Promise<unknown> {
  const name = call.resource.resourceType.slice('aws-sdk:'.length);
  const { action } = call.resource;
  const sdk = services[name];
  if (!sdk) {
    throw new StatesError(
      ErrorName.runtime,
      `The local cloud has no service "${name}". It has ${Object.keys(services).join(', ')}.`,
    );
  }
  const parameters: Record<string, unknown> = { ...(call.parameters as Record<string, unknown>) };
  for (const member of TEXT_MEMBERS[`${name}.${action}`] ?? []) {
    const value = parameters[member];
    if (value === undefined) continue;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    parameters[member] = member === 'Payload' || member === 'Body' ? Buffer.from(text) : text;
  }
  const input = sdk.camelCase ? renamed(parameters, 'toLowerCase') : parameters;
  const operation = action.charAt(0).toUpperCase() + action.slice(1);
  const { output } = await callService(integration, call, sdk.service, operation, input, { prefix: sdk.prefix });
  const json = (await toJson(output ?? {})) as Record<string, unknown>;
  return sdk.camelCase ? renamed(json, 'toUpperCase') : json;
}

/** With the first letter of every key in the other case. */
function renamed(value: unknown, change: 'toLowerCase' | 'toUpperCase'): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, change));
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).map(([key, member]) => [
    key.charAt(0)[change]() + key.slice(1),
    renamed(member, change),
  ]);
  return Object.fromEntries(entries);
}
