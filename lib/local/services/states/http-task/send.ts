import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { StatesError } from '../../../stepfunctions/errors';
import type { HttpRequest } from './request';

/** AWS: an HTTP Task takes no longer, whatever its TimeoutSeconds. */
const TIMEOUT_MS = 60_000;
/** No result may be larger; what is beyond is not even read. */
const MOST_BYTES = 1024 * 1024;

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Buffer;
}

/** Rejects with States.Http.Socket when nobody answers, or not in time. Redirects are not followed. */
export function send({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const fail = (cause: string) => reject(new StatesError('States.Http.Socket', cause));
    const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    request.on('error', (error) => fail(error.name === 'TimeoutError' ? 'The HTTP Task timed out' : error.message));
    request.on('response', (response) => {
      read(response).then(resolve, (error: Error) => fail(error.message));
    });
    request.end(body);
  });
}

async function read(response: IncomingMessage): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MOST_BYTES) break;
  }
  const headers: Record<string, string[]> = {};
  for (let at = 0; at < response.rawHeaders.length; at += 2) {
    const name = response.rawHeaders[at]!.toLowerCase();
    headers[name] = [...(headers[name] ?? []), response.rawHeaders[at + 1]!];
  }
  const { statusCode: status = 0, statusMessage: statusText = '' } = response;
  return { status, statusText, headers, body: Buffer.concat(chunks) };
}
