/** What stands between a pipeline and its sources on bad days: connections that break off, answers that are none. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface FaultyConnection {
  readonly port: number;
  /** connections that have been cut */
  readonly cut: number;
  /** The next `times` connections that carry more than `bytes` from the server break off there. */
  cutAfter(bytes: number, times: number): void;
  close(): Promise<void>;
}

/** Passes on whatever a server of any protocol says, until it is told to break. */
export async function faultyConnection(to: {
  readonly host: string;
  readonly port: number;
}): Promise<FaultyConnection> {
  const plan = { bytes: Number.POSITIVE_INFINITY, times: 0, cut: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(to);
    let carried = 0;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
        sockets.delete(socket);
      });
    }
    client.pipe(upstream);
    upstream.on('data', (data: Buffer) => {
      carried += data.length;
      if (carried > plan.bytes && plan.times > 0) {
        plan.times--;
        plan.cut++;
        client.write(data.subarray(0, data.length >> 1), () => client.destroy());
        return;
      }
      if (!client.write(data)) {
        upstream.pause();
        client.once('drain', () => upstream.resume());
      }
    });
  });
  return {
    port: await listen(server),
    get cut() {
      return plan.cut;
    },
    cutAfter(bytes, times) {
      Object.assign(plan, { bytes, times });
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** What is sent in place of the server's answer; undefined: the answer itself. `body` is what the server has said. */
export type Fault = (
  request: URL,
  body: string,
) => { status?: number; headers?: Record<string, string>; body: string } | undefined;

export interface FaultyApi {
  readonly url: string;
  /** One fault an answer, in their order; then everything is as it was. */
  fault(...faults: readonly Fault[]): void;
  /** Every answer has it, until undefined is given. */
  always(fault: Fault | undefined): void;
  /** faults that have not come about yet */
  readonly left: number;
  close(): Promise<void>;
}

/** Spoils answers to GET: others (logins) pass. */
export async function faultyApi(origin: string): Promise<FaultyApi> {
  const queue: Fault[] = [];
  let always: Fault | undefined;
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const answer = await fetch(origin + request.url!, {
      method: request.method!,
      headers: headers as Record<string, string>,
      ...(pieces.length > 0 ? { body: Buffer.concat(pieces) } : {}),
    });
    const body = await answer.text();
    const fault = request.method === 'GET' ? (always ?? queue.shift()) : undefined;
    const instead = fault?.(new URL(request.url!, origin), body);
    const type = { 'content-type': answer.headers.get('content-type') ?? 'application/json' };
    response.writeHead(instead?.status ?? answer.status, { ...type, ...instead?.headers });
    response.end(instead?.body ?? body);
  };
  const server = createHttpServer((request, response) => {
    pass(request, response).catch((error: Error) => response.writeHead(502).end(error.message));
  });
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    fault: (...faults) => void queue.push(...faults),
    always(fault) {
      always = fault;
    },
    get left() {
      return queue.length;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listen = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
