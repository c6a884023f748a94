/** The optimised integrations with plain request and answer: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html */
import { Crc32 } from '@aws-sdk/checksums/crc';
import { StatesError } from '../../../stepfunctions/errors';
import type { TaskCall } from '../../../stepfunctions/invoker';
import { serviceModel } from '../../../wire/model';
import { machineOfExecution } from '../arns';
import { asText, callService, type Integration, sdkMetadata } from './call';
import type { Naming } from './errors';
import { writeOutput } from './sdk-values';

interface Optimised {
  readonly service: string;
  readonly naming: Naming;
  /** Of its answers. */
  readonly type: string;
  /** Fields that may be given as objects and are sent as text. */
  readonly text?: readonly string[];
  readonly actions: readonly string[];
}

const optimised: Readonly<Record<string, Optimised>> = {
  dynamodb: {
    service: 'dynamodb',
    naming: { prefix: 'DynamoDB', v1: { service: 'AmazonDynamoDBv2', exception: 'AmazonDynamoDBException' } },
    type: 'application/x-amz-json-1.0',
    actions: ['getItem', 'putItem', 'updateItem', 'deleteItem'],
  },
  sns: {
    service: 'sns',
    naming: { prefix: 'SNS', v1: { service: 'AmazonSNS', exception: 'AmazonSNSException' } },
    type: 'text/xml',
    text: ['Message'],
    actions: ['publish'],
  },
  sqs: {
    service: 'sqs',
    naming: { prefix: 'SQS', v1: { service: 'AmazonSQS', exception: 'AmazonSQSException' } },
    type: 'application/x-amz-json-1.0',
    text: ['MessageBody'],
    actions: ['sendMessage'],
  },
};

/** Undefined when there is no such integration. */
export function optimisedIntegration({ resource }: TaskCall): Optimised | undefined {
  const integration = optimised[resource.resourceType];
  return integration?.actions.includes(resource.action) ? integration : undefined;
}

export async function callOptimised(
  integration: Integration,
  call: TaskCall,
  { service, naming, type, text = [] }: Optimised,
): Promise<unknown> {
  const input = { ...(call.parameters as Record<string, unknown>) };
  for (const field of text) if (field in input) input[field] = asText(input[field]);
  const { action } = call.resource;
  const operation = action.charAt(0).toUpperCase() + action.slice(1);
  const { output, requestId } = await callService(integration, call, service, operation, input, naming);
  const answer = await answerOf(service, operation, output);
  const body = JSON.stringify(answer);
  const headers = service === 'dynamodb' ? { Server: 'Server', 'x-amz-crc32': await crc32(body) } : {};
  return { ...answer, ...sdkMetadata(integration, requestId, { body, type, headers }) };
}

async function crc32(text: string): Promise<string> {
  const checksum = new Crc32();
  checksum.update(Buffer.from(text));
  return String(Buffer.from(await checksum.digest()).readUInt32BE());
}

async function answerOf(service: string, operation: string, output: unknown): Promise<object> {
  const schema = (await serviceModel(service))!.operation(operation)!;
  return (await writeOutput(schema, output)) as object;
}

const EVENTS: Naming = {
  prefix: 'EventBridge',
  v1: { service: 'AmazonEventBridge', exception: 'AmazonEventBridgeException' },
};

/** `arn:aws:states:::events:putEvents`: the execution and its state machine are among the resources; one refused entry fails the task. */
export async function putEvents(integration: Integration, call: TaskCall): Promise<unknown> {
  const { Entries = [], ...rest } = call.parameters as { Entries?: readonly Record<string, unknown>[] };
  const own = [call.executionArn, machineOfExecution(call.executionArn)];
  const entries = Entries.map(({ Detail, Time, ...entry }) => ({
    ...entry,
    Detail: asText(Detail),
    ...(Time === undefined ? {} : { Time: new Date(Time as string | number) }),
    Resources: [...((entry.Resources as string[] | undefined) ?? []), ...own],
  }));
  const { output, requestId } = await callService<{ FailedEntryCount?: number; Entries?: unknown }>(
    integration,
    call,
    'events',
    'PutEvents',
    { ...rest, Entries: entries },
    EVENTS,
  );
  const answer = await answerOf('events', 'PutEvents', output);
  if ((output.FailedEntryCount ?? 0) > 0) throw new StatesError('EventBridge.FailedEntry', JSON.stringify(answer));
  const type = 'application/x-amz-json-1.1';
  return { ...answer, ...sdkMetadata(integration, requestId, { body: JSON.stringify(answer), type }) };
}
