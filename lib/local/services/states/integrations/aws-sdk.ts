/** `arn:aws:states:::aws-sdk:<service>:<action>`: any operation of any service that runs here. */
import { ErrorName } from '../../../../asl/errors';
import { StatesError } from '../../../stepfunctions/errors';
import type { TaskCall } from '../../../stepfunctions/invoker';
import { serviceModel } from '../../../wire/model';
import { callService, type Integration } from './call';
import { javaName } from './java-names';
import { type Problems, readInput, writeOutput } from './sdk-values';

interface SdkService {
  /** The signing name, by which services are called. */
  readonly service: string;
  /** In error names. */
  readonly prefix: string;
}

const services: Readonly<Record<string, SdkService>> = {
  cloudformation: { service: 'cloudformation', prefix: 'CloudFormation' },
  cloudwatch: { service: 'monitoring', prefix: 'CloudWatch' },
  cloudwatchlogs: { service: 'logs', prefix: 'CloudWatchLogs' },
  dynamodb: { service: 'dynamodb', prefix: 'DynamoDb' },
  emrserverless: { service: 'emr-serverless', prefix: 'EmrServerless' },
  eventbridge: { service: 'events', prefix: 'EventBridge' },
  glue: { service: 'glue', prefix: 'Glue' },
  iam: { service: 'iam', prefix: 'Iam' },
  kinesis: { service: 'kinesis', prefix: 'Kinesis' },
  lambda: { service: 'lambda', prefix: 'Lambda' },
  pipes: { service: 'pipes', prefix: 'Pipes' },
  rdsdata: { service: 'rds-data', prefix: 'RdsData' },
  redshiftdata: { service: 'redshift-data', prefix: 'RedshiftData' },
  s3: { service: 's3', prefix: 'S3' },
  scheduler: { service: 'scheduler', prefix: 'Scheduler' },
  secretsmanager: { service: 'secretsmanager', prefix: 'SecretsManager' },
  sfn: { service: 'states', prefix: 'Sfn' },
  sns: { service: 'sns', prefix: 'Sns' },
  sqs: { service: 'sqs', prefix: 'Sqs' },
  sts: { service: 'sts', prefix: 'Sts' },
};

/** The signing name of the service that `aws-sdk:<name>` means. */
export const sdkService = (resourceType: string): string | undefined =>
  services[resourceType.slice('aws-sdk:'.length)]?.service;

export async function callSdk(integration: Integration, call: TaskCall): Promise<unknown> {
  const { sdk, schema, operation } = await operationOf(call);
  const input = readInput(schema, call.parameters, []);
  // An answer to HEAD has no body that could hold a message.
  const isSilent = sdk.service === 's3' && operation.startsWith('Head');
  const naming = { prefix: sdk.prefix, isSilent };
  const { output } = await callService(integration, call, sdk.service, operation, input, naming);
  return writeOutput(schema, output, javaName);
}

async function operationOf({ resource: { resourceType, action } }: Pick<TaskCall, 'resource'>) {
  const name = resourceType.slice('aws-sdk:'.length);
  const sdk = services[name];
  if (!sdk) {
    throw new StatesError(
      ErrorName.runtime,
      `The local cloud has no service "${name}". It has ${Object.keys(services).join(', ')}.`,
    );
  }
  const model = await serviceModel(sdk.service);
  const operation = action.charAt(0).toUpperCase() + action.slice(1);
  const schema = model?.operation(operation);
  if (!schema) throw new StatesError(ErrorName.runtime, `${sdk.prefix} has no operation "${operation}".`);
  return { sdk, schema, operation };
}

/** What of the parameters the operation does not take. */
export async function sdkProblems(call: Pick<TaskCall, 'resource' | 'parameters'>): Promise<Problems> {
  const { schema } = await operationOf(call);
  const problems: Problems = [];
  readInput(schema, call.parameters, problems);
  return problems;
}
