/** Sample servers stand in for services that nobody has a key for: on this machine only, plainly labelled, the same each time. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stringify } from 'lossless-json';

export interface SampleServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** requests so far, refused ones included */
  readonly requests: number;
  close(): Promise<void>;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** sent as JSON; a bigint as a number in all its digits */
  readonly body: unknown;
}

export type Respond = (request: SampleRequest) => Reply | Promise<Reply>;

export interface SampleRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  /** of a form or a document, at most 64 KiB */
  readonly body: string;
}

const MOST_BODY_BYTES = 64 * 1024;

/** `port` 0: any that is free. */
export async function startSampleServer(respond: Respond, port = 0): Promise<SampleServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    answer(request, response, respond).catch((error: Error) => {
      response.writeHead(500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: error.message }));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, respond: Respond): Promise<void> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= MOST_BODY_BYTES) pieces.push(piece);
  }
  const {
    status = 200,
    headers = {},
    body,
  } = await respond({
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', 'http://127.0.0.1'),
    headers: request.headers,
    body: Buffer.concat(pieces).toString(),
  });
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(stringify(body));
}

/** As many requests as fit into a window; then seconds to wait for the next. */
export class RequestLimit {
  private readonly times: number[] = [];

  constructor(
    private readonly requests: number,
    private readonly windowMs: number,
    private readonly now: () => number = Date.now,
  ) {}

  /** Undefined: go on. */
  take(): number | undefined {
    const now = this.now();
    while (this.times.length > 0 && this.times[0]! <= now - this.windowMs) this.times.shift();
    if (this.times.length >= this.requests)
      return Math.max(1, Math.ceil((this.times[0]! + this.windowMs - now) / 1000));
    this.times.push(now);
    return undefined;
  }
}
