/** The Lambda Runtime API of one execution environment: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface NextInvocation {
  readonly requestId: string;
  readonly deadline: number;
  readonly invokedArn: string;
  readonly traceId: string;
  readonly clientContext?: string;
  readonly payload: Uint8Array;
}

export interface RuntimeApiEvents {
  /** The process has loaded its handler and asks for work. */
  onReady(): void;
  onInitError(error: Buffer): void;
  onAnswer(requestId: string, kind: 'response' | 'error', payload: Buffer): void;
  onTooLarge(requestId: string, bytes: number): void;
}

export interface RuntimeApi {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  deliver(invocation: NextInvocation): void;
  close(): void;
}

export const MAX_RESPONSE_BYTES = 6_291_556;
const PREFIX = '/2018-06-01/runtime';

export async function startRuntimeApi(events: RuntimeApiEvents): Promise<RuntimeApi> {
  let waiting: ServerResponse | undefined;
  let queued: NextInvocation | undefined;

  const send = () => {
    if (waiting === undefined || queued === undefined) return;
    const { requestId, deadline, invokedArn, traceId, clientContext, payload } = queued;
    waiting.writeHead(200, {
      'content-type': 'application/json',
      'content-length': payload.byteLength,
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': String(deadline),
      'lambda-runtime-invoked-function-arn': invokedArn,
      'lambda-runtime-trace-id': traceId,
      ...(clientContext === undefined ? {} : { 'lambda-runtime-client-context': clientContext }),
    });
    waiting.end(payload);
    waiting = undefined;
    queued = undefined;
  };

  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, async (request, response) => {
    const path = (request.url ?? '').slice(PREFIX.length);
    if (request.method === 'GET' && path === '/invocation/next') {
      waiting = response;
      events.onReady();
      send();
      return;
    }
    const [, requestId, kind] = /^\/invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    const { body, bytes } = await read(request).catch(() => ({ body: undefined, bytes: 0 }));
    if (body === undefined && bytes === 0) return;
    if (path === '/init/error') {
      accept(response);
      events.onInitError(body ?? Buffer.alloc(0));
    } else if (requestId !== undefined && body === undefined) {
      response.writeHead(413).end('{"errorType":"RequestEntityTooLarge"}');
      events.onTooLarge(requestId, bytes);
    } else if (requestId !== undefined && body !== undefined) {
      accept(response);
      events.onAnswer(requestId, kind as 'response' | 'error', body);
    } else {
      response.writeHead(404).end();
    }
  });
  const address = await listen(server);
  return {
    address,
    deliver(invocation) {
      queued = invocation;
      send();
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function accept(response: ServerResponse): void {
  response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
}

/** No body when it is larger than Lambda lets through: it is read to its end, but not kept. */
async function read(request: IncomingMessage): Promise<{ body: Buffer | undefined; bytes: number }> {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_RESPONSE_BYTES) chunks = [];
    else chunks.push(chunk);
  }
  return { body: bytes > MAX_RESPONSE_BYTES ? undefined : Buffer.concat(chunks), bytes: Math.max(1, bytes) };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
