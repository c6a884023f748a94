/**
 * What the API's model says of each member, refused before anything else is looked at and worded as AWS words it:
 * `1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or
 * equal to 1000`. The value of a member that the model calls sensitive is left out.
 */
import { AwsError, type Operation } from '../../service';

type Check = (value: unknown, path: string, found: string[]) => void;

interface Text {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: RegExp;
  readonly sensitive?: boolean;
}

const fails = (path: string, constraint: string, value?: unknown): string =>
  `Value ${value === undefined ? '' : `'${value}' `}at '${path}' failed to satisfy constraint: Member must ${constraint}`;

const text =
  ({ min = 0, max = Number.POSITIVE_INFINITY, pattern, sensitive = false }: Text): Check =>
  (value, path, found) => {
    const shown = sensitive ? undefined : value;
    const { length } = value as string;
    if (length > max) found.push(fails(path, `have length less than or equal to ${max}`, shown));
    if (length < min) found.push(fails(path, `have length greater than or equal to ${min}`, shown));
    if (pattern && !pattern.test(value as string)) {
      found.push(fails(path, `satisfy regular expression pattern: ${pattern.source}`, shown));
    }
  };

const number =
  (min: number, max = Number.POSITIVE_INFINITY): Check =>
  (value, path, found) => {
    if ((value as number) > max) found.push(fails(path, `have value less than or equal to ${max}`, value));
    if ((value as number) < min) found.push(fails(path, `have value greater than or equal to ${min}`, value));
  };

const oneOf =
  (...allowed: readonly string[]): Check =>
  (value, path, found) => {
    if (!allowed.includes(value as string)) {
      found.push(fails(path, `satisfy enum value set: [${allowed.join(', ')}]`, value));
    }
  };

const list =
  (member: Check, { min = 0, max = Number.POSITIVE_INFINITY } = {}): Check =>
  (value, path, found) => {
    const items = value as readonly unknown[];
    if (items.length > max) found.push(fails(path, `have length less than or equal to ${max}`, '[…]'));
    if (items.length < min) found.push(fails(path, `have length greater than or equal to ${min}`, '[]'));
    for (const [index, item] of items.entries()) member(item, `${path}.${index + 1}.member`, found);
  };

const structure =
  (members: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  (value, path, found) => {
    const given = value as Readonly<Record<string, unknown>>;
    const at = (name: string) => (path === '' ? name : `${path}.${name}`);
    for (const name of required) {
      if (given[name] === undefined)
        found.push(`Value null at '${at(name)}' failed to satisfy constraint: Member must not be null`);
    }
    for (const [name, check] of Object.entries(members)) {
      if (given[name] !== undefined && given[name] !== null) check(given[name], at(name), found);
    }
  };

const arn = text({ min: 1, max: 256 });
const longArn = text({ min: 1, max: 2000 });
const name = text({ min: 1, max: 80 });
const aliasName = text({ min: 1, max: 80, pattern: /^(?=.*[a-zA-Z_\-.])[a-zA-Z0-9_\-.]+$/ });
const data = text({ max: 262_144, sensitive: true });
const definition = text({ min: 1, max: 1_048_576, sensitive: true });
const description = text({ max: 256, sensitive: true });
const pageSize = number(0, 1000);
const pageToken = text({ min: 1, max: 1024 });
const token = text({ min: 1, max: 2048 });
const error = text({ max: 256, sensitive: true });
const cause = text({ max: 32_768, sensitive: true });
const traceHeader = text({ max: 256 });
const type = oneOf('STANDARD', 'EXPRESS');
const includedData = oneOf('ALL_DATA', 'METADATA_ONLY');
const tags = list(structure({ key: text({ min: 1, max: 128 }), value: text({ max: 256 }) }));
const loggingConfiguration = structure({
  level: oneOf('ALL', 'ERROR', 'FATAL', 'OFF'),
  destinations: list(structure({ cloudWatchLogsLogGroup: structure({ logGroupArn: arn }) })),
});
const encryptionConfiguration = structure(
  {
    kmsKeyId: text({ min: 1, max: 2048 }),
    kmsDataKeyReusePeriodSeconds: number(60, 900),
    type: oneOf('AWS_OWNED_KEY', 'CUSTOMER_MANAGED_KMS_KEY'),
  },
  ['type'],
);
const routingConfiguration = list(
  structure({ stateMachineVersionArn: arn, weight: number(0, 100) }, ['stateMachineVersionArn', 'weight']),
  { min: 1, max: 2 },
);
const paged = { maxResults: pageSize, nextToken: pageToken };
const machine = { stateMachineArn: arn };
const execution = { executionArn: arn };
const start = { ...machine, name, input: data, traceHeader };

const constraints: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  CreateActivity: { name, tags, encryptionConfiguration },
  CreateStateMachine: {
    name,
    definition,
    roleArn: arn,
    type,
    loggingConfiguration,
    tags,
    versionDescription: description,
    encryptionConfiguration,
  },
  CreateStateMachineAlias: { description, name: aliasName, routingConfiguration },
  DeleteActivity: { activityArn: arn },
  DeleteStateMachine: machine,
  DeleteStateMachineAlias: { stateMachineAliasArn: arn },
  DeleteStateMachineVersion: { stateMachineVersionArn: longArn },
  DescribeActivity: { activityArn: arn },
  DescribeExecution: { ...execution, includedData },
  DescribeMapRun: { mapRunArn: longArn },
  DescribeStateMachine: { ...machine, includedData },
  DescribeStateMachineAlias: { stateMachineAliasArn: arn },
  DescribeStateMachineForExecution: { ...execution, includedData },
  GetActivityTask: { activityArn: arn, workerName: name },
  GetExecutionHistory: { ...execution, ...paged },
  ListActivities: paged,
  ListExecutions: {
    ...machine,
    statusFilter: oneOf('RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE'),
    maxResults: pageSize,
    nextToken: text({ min: 1, max: 3096 }),
    mapRunArn: longArn,
    redriveFilter: oneOf('REDRIVEN', 'NOT_REDRIVEN'),
  },
  ListMapRuns: { ...execution, ...paged },
  ListStateMachineAliases: { ...machine, ...paged },
  ListStateMachineVersions: { ...machine, ...paged },
  ListStateMachines: paged,
  ListTagsForResource: { resourceArn: arn },
  PublishStateMachineVersion: { ...machine, description },
  RedriveExecution: { ...execution, clientToken: text({ min: 1, max: 64, pattern: /^[!-~]+$/ }) },
  SendTaskFailure: { taskToken: token, error, cause },
  SendTaskHeartbeat: { taskToken: token },
  SendTaskSuccess: { taskToken: token, output: data },
  StartExecution: start,
  StartSyncExecution: { ...start, includedData },
  StopExecution: { ...execution, error, cause },
  TagResource: { resourceArn: arn, tags },
  TestState: {
    definition,
    roleArn: arn,
    input: data,
    inspectionLevel: oneOf('INFO', 'DEBUG', 'TRACE'),
    variables: data,
    stateName: text({ min: 1, max: 80, sensitive: true }),
    context: data,
  },
  UntagResource: { resourceArn: arn, tagKeys: list(text({ min: 1, max: 128 })) },
  UpdateMapRun: {
    mapRunArn: longArn,
    maxConcurrency: number(0),
    toleratedFailurePercentage: number(0, 100),
    toleratedFailureCount: number(0),
  },
  UpdateStateMachine: {
    ...machine,
    definition,
    roleArn: arn,
    loggingConfiguration,
    versionDescription: description,
    encryptionConfiguration,
  },
  UpdateStateMachineAlias: { stateMachineAliasArn: arn, description, routingConfiguration },
  ValidateStateMachineDefinition: {
    definition,
    type,
    severity: oneOf('ERROR', 'WARNING'),
    maxResults: number(0, 100),
  },
};

/** The operation, behind the checks of its members. */
export function constrained<I, O>(operationName: string, operation: Operation<I, O>): Operation<I, O> {
  const check = structure(constraints[operationName] ?? {});
  return {
    authorize: operation.authorize,
    handle(input, context) {
      const found: string[] = [];
      check(input, '', found);
      return found.length === 0 ? operation.handle(input, context) : Promise.reject(validationFailed(found));
    },
  };
}

const validationFailed = (found: readonly string[]): AwsError =>
  new AwsError(
    'ValidationException',
    `${found.length} validation error${found.length === 1 ? '' : 's'} detected: ${found.join('; ')}`,
  );
