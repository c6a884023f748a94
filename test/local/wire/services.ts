/** Tiny services for the tests of the wire: each operation answers what it was asked. */
import type { Readable } from 'node:stream';
import {
  AwsError,
  type CloudContext,
  type Operation,
  type Principal,
  type Service,
  systemClock,
} from '../../../lib/local/service';
import { type Authorize, dispatch, startServer, type WireOptions, type WireServer } from '../../../lib/local/wire';

// biome-ignore lint/suspicious/noExplicitAny: each test knows its operation's input
type Handler = (input: any, principal: Principal) => unknown;

export function operation(handle: Handler, action?: string): Operation {
  return {
    authorize: () => (action ? [{ action, resource: '*' }] : []),
    handle: async (input, context) => handle(input, context.principal),
  };
}

export function service(name: string, handlers: Record<string, Handler | Operation>): Service {
  const operations = Object.entries(handlers).map(([key, value]) => [
    key,
    typeof value === 'function' ? operation(value) : value,
  ]);
  return { name, operations: Object.fromEntries(operations) };
}

export interface TestCloud extends WireServer {
  readonly cloud: CloudContext;
  readonly lines: string[];
}

/** Role sessions have access keys that start with `ASIA`; anything else is the user. */
export async function startCloud(
  services: Service[],
  options: Partial<WireOptions> & { authorize?: Authorize; stateDir?: string } = {},
): Promise<TestCloud> {
  const lines: string[] = [];
  const authorize = options.authorize ?? (() => {});
  let endpoint = '';
  const cloud: CloudContext = {
    account: '000000000000',
    region: 'us-east-1',
    stateDir: options.stateDir ?? '/nonexistent',
    get endpoint() {
      return endpoint;
    },
    clock: systemClock,
    call: (principal, name, operationName, input) => {
      const found = services.find((one) => one.name === name);
      if (!found) return Promise.reject(new AwsError('UnknownService', name));
      return dispatch(found, operationName, input, { cloud, principal, requestId: 'in-process' }, authorize);
    },
    credentialsFor: () => ({ accessKeyId: 'ASIAROLE', secretAccessKey: 'x', sessionToken: 'x' }),
    log: (line) => lines.push(line),
  };
  const server = await startServer({
    services,
    authorize,
    cloud,
    port: 0,
    principalFor: (key) =>
      key?.startsWith('ASIA')
        ? { kind: 'role', roleArn: `arn:aws:iam::000000000000:role/${key}`, sessionName: 'test' }
        : { kind: 'admin' },
    ...options,
  });
  endpoint = server.endpoint;
  return { ...server, cloud, lines };
}

/** SDK client configuration for a server. */
export const client = (server: { endpoint: string }, accessKeyId = 'test') => ({
  endpoint: server.endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId, secretAccessKey: 'test' },
  maxAttempts: 1,
});

export async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** A signed request's header, for requests that no SDK would send. */
export const authorizationFor = (service: string, accessKeyId = 'test') =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
