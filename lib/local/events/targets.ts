/** Hands a payload to the resource that a rule or schedule names, with the rights that AWS would use. */
import { AwsError, type CloudContext, type Principal } from '../service';
import type { GivenUp } from './deliveries';
import { DeliveryError, type DeliveryErrorCode } from './errors';

export interface Invocation {
  readonly targetArn: string;
  /** The target's role; without one the service itself calls, and the target's resource policy decides. */
  readonly roleArn?: string;
  readonly payload: string;
  readonly messageGroupId?: string;
}

export interface Caller {
  /** e.g. `events.amazonaws.com` */
  readonly service: string;
  readonly sourceArn: string;
  /** Names the execution of a state machine, so that a second attempt at the same delivery starts no second run. */
  readonly executionName: string;
}

type Invoke = (
  invocation: Invocation,
  cloud: CloudContext,
) => readonly [service: string, operation: string, input: unknown];

const TARGETS: Readonly<Record<string, Invoke>> = {
  lambda: ({ targetArn, payload }) => [
    'lambda',
    'Invoke',
    { FunctionName: targetArn, InvocationType: 'Event', Payload: Buffer.from(payload) },
  ],
  states: ({ targetArn, payload }) => ['states', 'StartExecution', { stateMachineArn: targetArn, input: payload }],
  sns: ({ targetArn, payload }) => ['sns', 'Publish', { TopicArn: targetArn, Message: payload }],
  sqs: ({ targetArn, payload, messageGroupId }, cloud) => [
    'sqs',
    'SendMessage',
    {
      QueueUrl: queueUrlOf(cloud, targetArn),
      MessageBody: payload,
      ...(messageGroupId ? { MessageGroupId: messageGroupId } : {}),
    },
  ],
};

/** A log group's stream for each event, as EventBridge makes them. Log groups' resource policies are not evaluated here. */
async function toLogGroup(cloud: CloudContext, { targetArn, payload }: Invocation, stream: string): Promise<void> {
  const logGroupName = targetArn.replace(/^arn:aws:logs:[^:]*:[^:]*:log-group:/, '').replace(/:\*$/, '');
  const call = (operation: string, input: object) =>
    cloud.call({ kind: 'admin' }, 'logs', operation, { logGroupName, logStreamName: stream, ...input });
  try {
    await call('CreateLogStream', {}).catch((error) => {
      if ((error as AwsError).code !== 'ResourceAlreadyExistsException') throw error;
    });
    await call('PutLogEvents', { logEvents: [logEvent(payload, cloud.clock.now())] });
  } catch (error) {
    throw classify(error);
  }
}

/** A transformer may give the two members of a log event itself. */
function logEvent(payload: string, now: number): { timestamp: number; message: string } {
  try {
    const { timestamp, message, ...others } = JSON.parse(payload);
    if (typeof timestamp === 'number' && typeof message === 'string' && Object.keys(others).length === 0)
      return { timestamp, message };
  } catch {
    // Text that a template has made.
  }
  return { timestamp: now, message: payload };
}

export const isSupportedTarget = (arn: string): boolean => {
  const service = arn.split(':')[2] ?? '';
  return Object.hasOwn(TARGETS, service) || service === 'logs';
};

export async function invokeTarget(cloud: CloudContext, invocation: Invocation, caller: Caller): Promise<void> {
  const { targetArn, roleArn } = invocation;
  if (targetArn.startsWith('arn:aws:logs:')) return toLogGroup(cloud, invocation, caller.executionName);
  const invoke = TARGETS[targetArn.split(':')[2] ?? ''];
  if (!invoke) throw new DeliveryError('INVALID_PARAMETER', `Targets like ${targetArn} are not supported.`, false);
  const [service, operation, input] = invoke(invocation, cloud);
  const named = operation === 'StartExecution' ? { ...(input as object), name: caller.executionName } : input;
  try {
    await cloud.call(principalOf(roleArn, caller), service, operation, named);
  } catch (error) {
    // An earlier attempt arrived, but its answer did not.
    if (error instanceof AwsError && error.code === 'ExecutionAlreadyExists') return;
    throw classify(error);
  }
}

export function principalOf(roleArn: string | undefined, { service, sourceArn }: Caller): Principal {
  if (!roleArn) return { kind: 'service', service, sourceArn };
  return { kind: 'role', roleArn, sessionName: service.replace('.amazonaws.com', '') };
}

/** `arn:aws:sqs:<region>:<account>:<name>` as the URL that SQS operations take. */
export function queueUrlOf(cloud: CloudContext, queueArn: string): string {
  const [, , , , account, name] = queueArn.split(':');
  return `${cloud.endpoint}/${account}/${name}`;
}

const NO_RESOURCE = /NotFound|DoesNotExist|NonExistent/;
const NO_PERMISSIONS = /AccessDenied|AuthorizationError|Unauthorized|NotAuthorized/;
const THROTTLING = /Throttl|TooManyRequests|LimitExceeded/;

export function classify(cause: unknown): DeliveryError {
  if (!(cause instanceof AwsError)) {
    return new DeliveryError('INTERNAL_ERROR', cause instanceof Error ? cause.message : String(cause), true, { cause });
  }
  const error = (code: DeliveryErrorCode, retriable: boolean) =>
    new DeliveryError(code, cause.message, retriable, { cause });
  if (NO_PERMISSIONS.test(cause.code)) return error('NO_PERMISSIONS', false);
  if (NO_RESOURCE.test(cause.code)) return error('NO_RESOURCE', false);
  if (THROTTLING.test(cause.code)) return error('THROTTLING', true);
  return cause.status >= 500 ? error('ERROR_FROM_TARGET', true) : error('INVALID_PARAMETER', false);
}

export interface DeadLetter {
  readonly queueArn: string;
  readonly body: string;
  /** e.g. `{ RULE_ARN: …, TARGET_ARN: … }` */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Sends what could not be delivered to its dead-letter queue, with the attributes that AWS adds. Never rejects. */
export async function sendDeadLetter(
  cloud: CloudContext,
  principal: Principal,
  { queueArn, body, attributes }: DeadLetter,
  { delivery, error, exhausted }: GivenUp<unknown>,
): Promise<boolean> {
  const all: Record<string, string> = {
    ...attributes,
    ERROR_CODE: error.code,
    ERROR_MESSAGE: error.message,
    ...(exhausted ? { EXHAUSTED_RETRY_CONDITION: exhausted, RETRY_ATTEMPTS: String(delivery.attempts - 1) } : {}),
  };
  const values = Object.entries(all).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]);
  try {
    await cloud.call(principal, 'sqs', 'SendMessage', {
      QueueUrl: queueUrlOf(cloud, queueArn),
      MessageBody: body,
      MessageAttributes: Object.fromEntries(values),
    });
    return true;
  } catch (failure) {
    cloud.log(`A dead letter could not be sent to ${queueArn}: ${(failure as Error).message}. It was: ${body}`);
    return false;
  }
}
