/** What a call does not take of the parameters that a Task has evaluated. It is not made then. */
import type { TaskCall } from '../../../stepfunctions/invoker';
import { isNumber } from '../../../stepfunctions/numbers';
import { sdkProblems } from './aws-sdk';
import { emrServerlessProblems } from './emr-serverless';
import type { Problems } from './sdk-values';

/** `S` a text, `N` a number, `B` a boolean, `O` an object, `A` an array, `*` anything; `!` behind it: required. */
type Kind = 'S' | 'N' | 'B' | 'O' | 'A' | '*';
type Fields = Readonly<Record<string, Kind | `${Kind}!`>>;

const ITEM: Fields = {
  TableName: 'S!',
  ReturnConsumedCapacity: 'S',
  ExpressionAttributeNames: 'O',
};
const CHANGE: Fields = {
  ...ITEM,
  ConditionExpression: 'S',
  ConditionalOperator: 'S',
  Expected: 'O',
  ExpressionAttributeValues: 'O',
  ReturnItemCollectionMetrics: 'S',
  ReturnValues: 'S',
  ReturnValuesOnConditionCheckFailure: 'S',
};

/** By the pages of https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html and the APIs behind them. */
const OPTIMISED: Readonly<Record<string, Fields>> = {
  'lambda:invoke': {
    FunctionName: 'S!',
    Payload: '*',
    ClientContext: 'S',
    InvocationType: 'S',
    LogType: 'S',
    Qualifier: 'S',
  },
  'dynamodb:getItem': {
    ...ITEM,
    Key: 'O!',
    AttributesToGet: 'A',
    ConsistentRead: 'B',
    ProjectionExpression: 'S',
  },
  'dynamodb:putItem': { ...CHANGE, Item: 'O!' },
  'dynamodb:deleteItem': { ...CHANGE, Key: 'O!' },
  'dynamodb:updateItem': { ...CHANGE, Key: 'O!', AttributeUpdates: 'O', UpdateExpression: 'S' },
  'sns:publish': {
    Message: '*',
    MessageAttributes: 'O',
    MessageDeduplicationId: 'S',
    MessageGroupId: 'S',
    MessageStructure: 'S',
    PhoneNumber: 'S',
    Subject: 'S',
    TargetArn: 'S',
    TopicArn: 'S',
  },
  'sqs:sendMessage': {
    DelaySeconds: 'N',
    MessageAttributes: 'O',
    MessageBody: '*!',
    MessageDeduplicationId: 'S',
    MessageGroupId: 'S',
    MessageSystemAttributes: 'O',
    QueueUrl: 'S!',
  },
  'http:invoke': {
    ApiEndpoint: 'S!',
    Method: 'S!',
    Authentication: 'O',
    InvocationConfig: 'O',
    Headers: '*',
    QueryParameters: '*',
    RequestBody: '*',
    Transform: 'O',
  },
  'events:putEvents': { Entries: 'A!', EndpointId: 'S' },
  'states:startExecution': { Input: '*', Name: 'S', StateMachineArn: 'S!', TraceHeader: 'S' },
};

const WORDS: Readonly<Record<Exclude<Kind, '*'>, string>> = {
  S: 'a STRING',
  N: 'a NUMBER',
  B: 'a BOOLEAN',
  O: 'an OBJECT',
  A: 'an ARRAY',
};

export function parameterProblems(call: Pick<TaskCall, 'resource' | 'parameters'>): Problems | Promise<Problems> {
  const { kind, resourceType, action } = call.resource;
  if (kind !== 'integration') return [];
  if (resourceType.startsWith('aws-sdk:')) return sdkProblems(call);
  if (resourceType === 'emr-serverless') return emrServerlessProblems(call);
  const fields = OPTIMISED[`${resourceType}:${action}`];
  if (!fields) return [];
  const given = (call.parameters ?? {}) as Readonly<Record<string, unknown>>;
  const problems: Problems = [];
  for (const [name, value] of Object.entries(given)) {
    const expected = fields[name]?.charAt(0) as Kind | undefined;
    if (expected === undefined) problems.push(`The field '${name}' is not supported by Step Functions`);
    else if (expected !== '*' && value !== null && kindOf(value) !== expected) {
      problems.push(`The value for the field '${name}' must be ${WORDS[expected]}`);
    }
  }
  for (const [name, expected] of Object.entries(fields)) {
    if (expected.endsWith('!') && given[name] === undefined) {
      problems.push(`The field '${name}' is required but was missing`);
    }
  }
  return problems;
}

function kindOf(value: unknown): Kind {
  if (typeof value === 'string') return 'S';
  if (isNumber(value)) return 'N';
  if (typeof value === 'boolean') return 'B';
  return Array.isArray(value) ? 'A' : 'O';
}
