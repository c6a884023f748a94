/** Hands a batch to the pipe's target. */
import { queueUrlOf } from '../../events/targets';
import { AwsError, type CloudContext, type Principal } from '../../service';
import type { PipeRecord } from './record';
import { pathIn } from './template';

interface Delivery {
  readonly cloud: CloudContext;
  readonly principal: Principal;
  readonly pipe: PipeRecord;
  readonly arn: string;
  /** what the target is to get, for each event */
  readonly inputs: readonly unknown[];
  /** the events before the target's template shaped them: paths in its parameters lead into these */
  readonly events: readonly unknown[];
}

/** Resolves with the answer of a target that has one: it may name events that have failed. */
type Deliver = (delivery: Delivery) => Promise<unknown>;

const TARGETS: Readonly<Record<string, Deliver>> = {
  events: toBus,
  lambda: toFunction,
  logs: toLogGroup,
  sns: toTopic,
  sqs: toQueue,
  states: toStateMachine,
};

const serviceOf = (arn: string) => arn.split(':')[2] ?? '';

export const isSupportedTarget = (arn: string): boolean => Object.hasOwn(TARGETS, serviceOf(arn));

/** Targets that take one batch as one JSON list, and at most so many bytes of it. */
const MAX_BATCH_BYTES: Readonly<Record<string, number>> = { lambda: 6 * 1024 * 1024, states: 262_144 };

export const maxBatchBytes = (arn: string): number => MAX_BATCH_BYTES[serviceOf(arn)] ?? Number.POSITIVE_INFINITY;

export async function deliver(delivery: Delivery): Promise<unknown> {
  return TARGETS[serviceOf(delivery.arn)]?.(delivery);
}

/** Lambda and Step Functions, as target and as enrichment: the batch in, the answer out. */
export async function callFunction(
  cloud: CloudContext,
  principal: Principal,
  arn: string,
  input: unknown,
): Promise<unknown> {
  const { Payload, FunctionError } = (await cloud.call(principal, 'lambda', 'Invoke', {
    FunctionName: arn,
    InvocationType: 'RequestResponse',
    Payload: Buffer.from(JSON.stringify(input)),
  })) as { Payload?: Uint8Array; FunctionError?: string };
  const text = Buffer.from(Payload ?? []).toString();
  if (FunctionError) throw new AwsError('FunctionError', `${arn} failed: ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

export async function callStateMachine(
  cloud: CloudContext,
  principal: Principal,
  arn: string,
  input: unknown,
): Promise<unknown> {
  const { status, output, error, cause } = (await cloud.call(principal, 'states', 'StartSyncExecution', {
    stateMachineArn: arn,
    input: JSON.stringify(input),
  })) as { status?: string; output?: string; error?: string; cause?: string };
  if (status !== 'SUCCEEDED') throw new AwsError(error ?? String(status), cause ?? `${arn} ended as ${status}.`);
  return output === undefined ? undefined : JSON.parse(output);
}

async function toFunction({ cloud, principal, pipe, arn, inputs }: Delivery): Promise<unknown> {
  const { InvocationType } = pipe.input.TargetParameters?.LambdaFunctionParameters ?? {};
  if (InvocationType !== 'FIRE_AND_FORGET') return callFunction(cloud, principal, arn, inputs);
  const Payload = Buffer.from(JSON.stringify(inputs));
  await cloud.call(principal, 'lambda', 'Invoke', { FunctionName: arn, InvocationType: 'Event', Payload });
}

async function toStateMachine({ cloud, principal, pipe, arn, inputs }: Delivery): Promise<unknown> {
  const { InvocationType } = pipe.input.TargetParameters?.StepFunctionStateMachineParameters ?? {};
  if (InvocationType !== 'FIRE_AND_FORGET') return callStateMachine(cloud, principal, arn, inputs);
  await cloud.call(principal, 'states', 'StartExecution', { stateMachineArn: arn, input: JSON.stringify(inputs) });
}

async function toQueue({ cloud, principal, pipe, arn, inputs, events }: Delivery): Promise<void> {
  const { MessageGroupId, MessageDeduplicationId } = pipe.input.TargetParameters?.SqsQueueParameters ?? {};
  for (const [index, input] of inputs.entries()) {
    await cloud.call(principal, 'sqs', 'SendMessage', {
      QueueUrl: queueUrlOf(cloud, arn),
      MessageBody: textOf(input),
      ...dynamic({ MessageGroupId, MessageDeduplicationId }, events[index]),
    });
  }
}

async function toTopic({ cloud, principal, arn, inputs }: Delivery): Promise<void> {
  for (const input of inputs) await cloud.call(principal, 'sns', 'Publish', { TopicArn: arn, Message: textOf(input) });
}

async function toBus({ cloud, principal, pipe, arn, inputs, events }: Delivery): Promise<void> {
  const { Source, DetailType, Resources, Time } = pipe.input.TargetParameters?.EventBridgeEventBusParameters ?? {};
  for (const [index, input] of inputs.entries()) {
    const time = Time === undefined ? undefined : pathIn(events[index], Time);
    const Entry = {
      EventBusName: arn,
      Source: `Pipe ${pipe.name}`,
      DetailType: `Event from aws:${serviceOf(pipe.input.Source ?? '')}`,
      ...dynamic({ Source, DetailType }, events[index]),
      Detail: JSON.stringify(input),
      ...(Resources ? { Resources: Resources.map((resource) => parameterOf(resource, events[index])) } : {}),
      ...(typeof time === 'string' ? { Time: new Date(time) } : {}),
    };
    const { Entries = [] } = (await cloud.call(principal, 'events', 'PutEvents', { Entries: [Entry] })) as {
      Entries?: readonly { ErrorCode?: string; ErrorMessage?: string }[];
    };
    const [{ ErrorCode, ErrorMessage } = {}] = Entries;
    if (ErrorCode) throw new AwsError(ErrorCode, ErrorMessage ?? ErrorCode);
  }
}

async function toLogGroup({ cloud, principal, pipe, arn, inputs, events }: Delivery): Promise<void> {
  const { LogStreamName, Timestamp } = pipe.input.TargetParameters?.CloudWatchLogsParameters ?? {};
  const logGroupName = arn.replace(/^arn:aws:logs:[^:]*:[^:]*:log-group:/, '').replace(/:\*$/, '');
  for (const [index, input] of inputs.entries()) {
    const logStreamName = LogStreamName === undefined ? pipe.name : parameterOf(LogStreamName, events[index]);
    await cloud.call(principal, 'logs', 'CreateLogStream', { logGroupName, logStreamName }).catch((error) => {
      if ((error as AwsError).code !== 'ResourceAlreadyExistsException') throw error;
    });
    const given = Timestamp === undefined ? undefined : pathIn(events[index], Timestamp);
    const timestamp = given === undefined ? cloud.clock.now() : Number(given) || Date.parse(String(given));
    await cloud.call(principal, 'logs', 'PutLogEvents', {
      logGroupName,
      logStreamName,
      logEvents: [{ timestamp, message: textOf(input) }],
    });
  }
}

const textOf = (input: unknown): string => (typeof input === 'string' ? input : JSON.stringify(input));

/** A parameter is a text, or a path into the event. */
const parameterOf = (parameter: string, input: unknown): string =>
  parameter.startsWith('$.') ? textOf(pathIn(input, parameter) ?? '') : parameter;

const dynamic = (parameters: Readonly<Record<string, string | undefined>>, input: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(parameters).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, parameterOf(value, input)]],
    ),
  );
