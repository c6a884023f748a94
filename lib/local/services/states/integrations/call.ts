import { randomUUID } from 'node:crypto';
import { ErrorName } from '../../../../asl/errors';
import type { CloudContext, Principal } from '../../../service';
import { StatesError } from '../../../stepfunctions/errors';
import type { TaskCall } from '../../../stepfunctions/invoker';
import { stringifyJson } from '../../../stepfunctions/numbers';
import { type Naming, serviceError } from './errors';

/** What an integration works with. */
export interface Integration {
  readonly cloud: CloudContext;
  /** Resolves when the execution no longer runs. */
  ended(executionArn: string): Promise<void>;
  /** As DescribeExecution answers. */
  describe(executionArn: string): Promise<Readonly<Record<string, unknown>>>;
}

/** Calls a service's operation as the state machine's role, or as the one that the state names. Errors come out named as AWS names them. */
export async function callService<O = Record<string, unknown>>(
  { cloud }: Integration,
  call: TaskCall,
  service: string,
  operation: string,
  input: unknown,
  naming: Naming,
): Promise<{ output: O; requestId: string }> {
  const principal = await principalOf(cloud, call);
  const requestId = randomUUID();
  try {
    return { output: (await cloud.call(principal, service, operation, input)) as O, requestId };
  } catch (error) {
    throw await serviceError(error, service, naming, requestId);
  }
}

export async function principalOf(cloud: CloudContext, { roleArn, taskRoleArn }: TaskCall): Promise<Principal> {
  // As in AWS, the session is named at random.
  const sessionName = randomUUID().replaceAll('-', '');
  const own: Principal = { kind: 'role', roleArn, sessionName };
  if (taskRoleArn === undefined || taskRoleArn === roleArn) return own;
  try {
    await cloud.call(own, 'sts', 'AssumeRole', { RoleArn: taskRoleArn, RoleSessionName: sessionName });
  } catch {
    throw new StatesError(
      ErrorName.taskFailed,
      `The role ${roleArn} is not authorized to assume the task state's role, ${taskRoleArn}.`,
    );
  }
  return { kind: 'role', roleArn: taskRoleArn, sessionName };
}

/** What optimised integrations add to a service's answer. */
export function sdkMetadata(
  { cloud }: Integration,
  requestId: string,
  { body = '', type, headers = {} }: { readonly body?: string; readonly type: string; readonly headers?: object },
) {
  const HttpHeaders: Record<string, string> = {
    ...headers,
    Connection: 'keep-alive',
    'Content-Length': String(Buffer.byteLength(body)),
    'Content-Type': type,
    Date: new Date(cloud.clock.now()).toUTCString(),
    'x-amzn-RequestId': requestId,
  };
  const AllHttpHeaders = Object.fromEntries(Object.entries(HttpHeaders).map(([name, value]) => [name, [value]]));
  return {
    SdkHttpMetadata: { AllHttpHeaders, HttpHeaders, HttpStatusCode: 200 },
    SdkResponseMetadata: { RequestId: requestId },
  };
}

/** A text field that a definition may give as an object. */
export const asText = (value: unknown): unknown =>
  value === undefined || typeof value === 'string' ? value : stringifyJson(value);
