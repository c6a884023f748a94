/** The optimised integrations with plain request and answer: https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html */
import { StatesError } from '../../../stepfunctions/errors';
import type { TaskCall } from '../../../stepfunctions/invoker';
import { asText, callService, type Integration, sdkMetadata, toJson } from './call';
import type { Naming } from './errors';

interface Optimised {
  readonly service: string;
  readonly naming: Naming;
  /** Fields that may be given as objects and are sent as text. */
  readonly text?: readonly string[];
  readonly actions: readonly string[];
}

const optimised: Readonly<Record<string, Optimised>> = {
  dynamodb: {
    service: 'dynamodb',
    naming: { prefix: 'DynamoDB', denied: 'AmazonDynamoDBException' },
    actions: ['getItem', 'putItem', 'updateItem', 'deleteItem'],
  },
  sns: {
    service: 'sns',
    naming: { prefix: 'SNS', denied: 'AuthorizationErrorException' },
    text: ['Message'],
    actions: ['publish'],
  },
  sqs: {
    service: 'sqs',
    naming: { prefix: 'SQS', denied: 'AmazonSQSException' },
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
  { service, naming, text = [] }: Optimised,
): Promise<unknown> {
  const input = { ...(call.parameters as Record<string, unknown>) };
  for (const field of text) if (field in input) input[field] = asText(input[field]);
  const { action } = call.resource;
  const operation = action.charAt(0).toUpperCase() + action.slice(1);
  const { output, requestId } = await callService(integration, call, service, operation, input, naming);
  return { ...((await toJson(output)) as object), ...sdkMetadata(requestId) };
}

/** `arn:aws:states:::events:putEvents`: one refused entry fails the task. */
export async function putEvents(integration: Integration, call: TaskCall): Promise<unknown> {
  const { Entries = [], ...rest } = call.parameters as { Entries?: readonly Record<string, unknown>[] };
  const entries = Entries.map(({ Detail, Time, ...entry }) => ({
    ...entry,
    Detail: asText(Detail),
    ...(Time === undefined ? {} : { Time: new Date(Time as string | number) }),
    Resources: [...((entry.Resources as string[] | undefined) ?? []), call.executionArn],
  }));
  const naming = { prefix: 'EventBridge', denied: 'AmazonEventBridgeException' };
  const { output, requestId } = await callService<{ FailedEntryCount?: number; Entries?: unknown }>(
    integration,
    call,
    'events',
    'PutEvents',
    { ...rest, Entries: entries },
    naming,
  );
  if ((output.FailedEntryCount ?? 0) > 0) {
    throw new StatesError('EventBridge.FailedEntry', JSON.stringify(await toJson(output)));
  }
  return { ...((await toJson(output)) as object), ...sdkMetadata(requestId) };
}
