import { randomUUID } from 'node:crypto';
import type { CloudContext, Principal } from '../../../service';
import type { TaskCall } from '../../../stepfunctions/invoker';
import { type Naming, serviceError } from './errors';

/** What an integration works with. */
export interface Integration {
  readonly cloud: CloudContext;
  /** Resolves when the execution no longer runs. */
  ended(executionArn: string): Promise<void>;
  /** As DescribeExecution answers. */
  describe(executionArn: string): Promise<Readonly<Record<string, unknown>>>;
}

/** Calls a service's operation as the state machine's role. Errors come out named as AWS names them. */
export async function callService<O = Record<string, unknown>>(
  { cloud }: Integration,
  call: TaskCall,
  service: string,
  operation: string,
  input: unknown,
  naming: Naming,
): Promise<{ output: O; requestId: string }> {
  const principal: Principal = {
    kind: 'role',
    roleArn: call.roleArn,
    // As in AWS, the session is named at random.
    sessionName: randomUUID().replaceAll('-', ''),
  };
  const requestId = randomUUID();
  try {
    return { output: (await cloud.call(principal, service, operation, input)) as O, requestId };
  } catch (error) {
    throw serviceError(error, naming, requestId);
  }
}

/** What optimised integrations add to a service's answer. */
export const sdkMetadata = (requestId: string) => ({
  SdkHttpMetadata: {
    AllHttpHeaders: { 'x-amzn-RequestId': [requestId] },
    HttpHeaders: { 'x-amzn-RequestId': requestId },
    HttpStatusCode: 200,
  },
  SdkResponseMetadata: { RequestId: requestId },
});

/** A text field that a definition may give as an object. */
export const asText = (value: unknown): unknown =>
  value === undefined || typeof value === 'string' ? value : JSON.stringify(value);

/** A value of the SDK as JSON: dates as ISO 8601, bytes as text, streams read. */
export async function toJson(value: unknown): Promise<unknown> {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Symbol.asyncIterator in value) {
    const chunks: Buffer[] = [];
    for await (const chunk of value as AsyncIterable<Uint8Array>) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString('utf8');
  }
  if (Array.isArray(value)) return Promise.all(value.map(toJson));
  const entries = Object.entries(value).filter(([key, member]) => member !== undefined && key !== '$metadata');
  return Object.fromEntries(await Promise.all(entries.map(async ([key, member]) => [key, await toJson(member)])));
}
