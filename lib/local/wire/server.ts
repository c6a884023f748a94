/**
 * The wire: one HTTP server on 127.0.0.1 for every service and protocol. A request is routed by its SigV4 scope, its input is read
 * and its output written by the schemas of the SDK's client, and the operation runs through `dispatch`.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticErrorSchema, StaticOperationSchema } from '@smithy/types';
import { isDisposable, sendAndRelease } from '../disposable';
import { AwsError, type CallContext, type CloudContext, type Principal, type Service } from '../service';
import { requestBody } from './body';
import { type Authorize, callOf, dispatch, findOperation } from './dispatch';
import {
  InternalFailure,
  PortInUseError,
  SerializationError,
  UnknownOperationError,
  UnknownServiceError,
} from './errors';
import { operationName, protocolOf } from './form';
import { acceptHttp2 } from './http2';
import type { WireRequest, WireResponse } from './message';
import { type DefaultProtocol, defaultProtocol, type ServiceModel, serviceModel } from './model';
import { checkOrigin } from './origin';
import { isForm, readPostedObject } from './post-object';
import type { Protocol } from './protocols/protocol';
import { decodePath, parseQuery } from './query';
import { readScope } from './scope';
import { watchSlowBodies } from './slow-bodies';
import { asExpired, unsignedService } from './unsigned';

export type Hook = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

export interface WireOptions {
  readonly services: readonly Service[];
  readonly authorize: Authorize;
  readonly cloud: CloudContext;
  /** 0 for any free port */
  readonly port: number;
  /** Undefined for an unsigned request. May throw an `AwsError` for a key that is no longer valid. */
  readonly principalFor: (accessKeyId: string | undefined) => Principal;
  /** Paths that are not AWS's, by prefix, e.g. `/_stepwell/`. More may be added while the server runs. */
  readonly hooks?: Map<string, Hook>;
  /** how long a head may take, and how long a body may pause; a minute unless told */
  readonly idleMs?: number;
}

export interface WireServer {
  readonly port: number;
  /** `http://127.0.0.1:4510` */
  readonly endpoint: string;
  readonly hooks: Map<string, Hook>;
  /** Refuses new requests, lets running ones end for a moment, then cuts them off. */
  stop(): Promise<void>;
}

/** Longer than the SDKs keep idle sockets, so that they never write into one that the server is closing. */
const KEEP_ALIVE_MS = 120_000;
const IDLE_MS = 60_000;
const CHECK_MS = 30_000;
const STOP_GRACE_MS = 1_000;

export async function startServer(options: WireOptions): Promise<WireServer> {
  const hooks = options.hooks ?? new Map<string, Hook>();
  const services = new Map(options.services.map((service) => [service.name, service]));
  const idleMs = options.idleMs ?? IDLE_MS;
  const slowBodies = watchSlowBodies(idleMs);
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const requestId = randomUUID();
    slowBodies.watch(request, response);
    answer(request, response, requestId, { ...options, hooks, services }).catch((error) => {
      // The answer is under way already: all that is left is to break it off, so that no client takes it for whole.
      if (!request.socket.destroyed)
        options.cloud.log(`${requestId} ${request.method} ${request.url}: ${describe(error)}`);
      response.destroy();
    });
  };
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      // An upload may take hours, but it has to go on.
      requestTimeout: 0,
      headersTimeout: idleMs,
      connectionsCheckingInterval: Math.min(idleMs, CHECK_MS),
      highWaterMark: 1024 * 1024,
    },
    handle,
  );
  const http2 = acceptHttp2(server, handle, idleMs);
  const port = await listen(server, options.port);
  const stop = () => {
    http2.close();
    return close(server).finally(slowBodies.stop);
  };
  return { port, endpoint: `http://127.0.0.1:${port}`, hooks, stop };
}

interface Wiring extends Omit<WireOptions, 'services' | 'hooks'> {
  readonly services: ReadonlyMap<string, Service>;
  readonly hooks: ReadonlyMap<string, Hook>;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  wiring: Wiring,
): Promise<void> {
  response.setHeader('x-amzn-requestid', requestId);
  response.setHeader('x-amz-request-id', requestId);
  const headers = plainHeaders(request);
  const target = request.url ?? '/';
  const [path = '/', search = ''] = splitOnce(target, '?');
  const isQuery = headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  let protocol: Protocol = protocolOf({ headers }, isQuery ? 'query' : 'restXml');
  let schema: ((code: string) => StaticErrorSchema | undefined) | undefined;
  try {
    const { bucket } = checkOrigin(request.headers);
    const hook = [...wiring.hooks].find(([prefix]) => path.startsWith(prefix))?.[1];
    if (hook) {
      await hook(request, response);
      return;
    }
    const query = parseQuery(search);
    const scope = readScope(headers.authorization, query, wiring.cloud.clock.now());
    const serviceName = scope.service ?? unsignedService(headers, path, search);
    protocol = protocolOf({ headers }, defaultProtocol(serviceName));
    const service = wiring.services.get(serviceName);
    const model = await serviceModel(serviceName);
    if (!service || !model) {
      throw new UnknownServiceError(`The local cloud has no service "${serviceName}".`, [...wiring.services.keys()]);
    }
    protocol = protocolOf({ headers }, model.protocol, model.xmlNamespace);
    schema = (code) => model.error(code);
    const principal = principalOf(wiring, scope.accessKeyId, serviceName, model.protocol);
    const context: CallContext = { cloud: wiring.cloud, principal, requestId };
    const isS3 = service.name === 's3';
    const wireRequest: WireRequest = {
      method: request.method ?? 'GET',
      query,
      headers: isS3 ? withoutAwsChunked(headers) : headers,
      body: requestBody(request, { gunzip: !isS3 && !service.raw }),
      ...(isS3 ? bucketAndKey(path, bucket) : { path }),
    };
    if (isS3 && wireRequest.bucket !== undefined && isForm(request.method, headers)) {
      const posted = await readPostedObject(wireRequest, wiring.cloud.clock.now());
      const poster = principalOf(wiring, posted.accessKeyId, serviceName, model.protocol);
      const by: CallContext = { ...context, principal: poster };
      const stored = (await dispatch(service, 'PutObject', posted.input, by, wiring.authorize)) as object;
      await send(request, response, posted.answer(stored, wiring.cloud.endpoint));
      return;
    }
    await send(request, response, await run(wireRequest, service, model, protocol, context, wiring.authorize));
  } catch (error) {
    if (response.headersSent || request.socket.destroyed) throw error;
    const awsError = error instanceof AwsError ? error : new InternalFailure(requestId);
    if (awsError !== error) wiring.cloud.log(`${requestId} ${request.method} ${target}: ${describe(error)}`);
    const answer = protocol.writeError(awsError, schema?.(awsError.code), requestId);
    const { headers: errorHeaders } = awsError as { headers?: Readonly<Record<string, string>> };
    await send(request, response, { ...answer, headers: { ...answer.headers, ...errorHeaders } });
  }
}

function principalOf(
  { principalFor }: Wiring,
  accessKeyId: string | undefined,
  service: string,
  protocol: DefaultProtocol,
): Principal {
  try {
    return principalFor(accessKeyId);
  } catch (error) {
    throw error instanceof AwsError ? asExpired(error, service, protocol) : error;
  }
}

async function run(
  request: WireRequest,
  service: Service,
  model: ServiceModel,
  protocol: Protocol,
  context: CallContext,
  authorize: Authorize,
): Promise<WireResponse> {
  const name = await operationName(request, model, service);
  const operation = findOperation(service, name);
  if (service.raw) {
    const body = await request.body.bytes();
    const input = parseRawInput(body);
    const requests = operation.authorize(input, context);
    if (requests.length > 0) await authorize(context.principal, requests, callOf(service, input));
    const answer = await service.raw({ headers: request.headers, input, bytes: body.length }, context);
    return { ...answer, headers: { ...answer.headers } };
  }
  const schema = model.operation(name);
  if (!schema) throw new UnknownOperationError(service.name, name, Object.keys(service.operations));
  const input = await protocol.readInput(schema, request);
  if (model.protocol !== 'restXml') requireMembers(schema, input);
  const output = await dispatch(service, name, input, context, authorize);
  return protocol.writeOutput(schema, (output ?? {}) as Record<string, unknown>, context.requestId);
}

async function send(request: IncomingMessage, response: ServerResponse, answer: WireResponse): Promise<void> {
  const { status, headers, body } = answer;
  const hasBody = request.method !== 'HEAD' && status !== 204 && status !== 304;
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (!hasBody) {
    if (request.method !== 'HEAD' || !('content-length' in headers)) response.removeHeader('content-length');
    if (body instanceof Readable) body.destroy();
    response.end();
    return;
  }
  if (body instanceof Readable) {
    await (isDisposable(body) ? sendAndRelease(body, response) : pipeline(body, response));
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
  response.setHeader('content-length', bytes?.byteLength ?? 0);
  response.end(bytes);
}

/** Path style, unless the host named the bucket. The key stays percent-encoded. */
function bucketAndKey(path: string, hostBucket: string | undefined): Pick<WireRequest, 'path' | 'bucket'> {
  if (hostBucket !== undefined) return { path: path || '/', bucket: hostBucket };
  const [bucket = '', key = ''] = splitOnce(path.replace(/^\//, ''), '/');
  return bucket === '' ? { path: '/' } : { path: `/${key}`, bucket: decodePath(bucket) };
}

/** `aws-chunked` says how the body travels; the rest of Content-Encoding belongs to the object. */
function withoutAwsChunked(headers: Readonly<Record<string, string>>): Record<string, string> {
  const { 'content-encoding': encoding, ...others } = headers;
  const kept = (encoding ?? '')
    .split(',')
    .filter((token) => token.trim() !== '' && token.trim().toLowerCase() !== 'aws-chunked');
  return kept.length === 0 ? others : { ...others, 'content-encoding': kept.map((token) => token.trim()).join(',') };
}

/** Required members come first in a schema; their count is its seventh element. */
function requireMembers(operation: StaticOperationSchema, input: Record<string, unknown>): void {
  const schema = NormalizedSchema.of(operation[4]);
  if (schema.isUnitSchema()) return;
  const raw = schema.getSchema() as unknown as readonly unknown[];
  const required = (raw[4] as readonly string[]).slice(0, typeof raw[6] === 'number' ? raw[6] : 0);
  const missing = required.filter((name) => input[name] === undefined || input[name] === null);
  if (missing.length === 0) return;
  const errors = missing.map((name) => {
    const member = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    return `Value null at '${member}' failed to satisfy constraint: Member must not be null`;
  });
  const count = `${errors.length} validation error${errors.length === 1 ? '' : 's'} detected`;
  throw new AwsError('ValidationException', `${count}: ${errors.join('; ')}`, 400);
}

function parseRawInput(body: Buffer): object {
  try {
    const input: unknown = JSON.parse(body.toString('utf8') || '{}');
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return input;
  } catch {
    // Told below.
  }
  throw new SerializationError('The request body is not a JSON object.');
}

function plainHeaders(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined) continue;
    headers[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return headers;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortInUseError(port, error) : error);
    });
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
