/**
 * HTTP/2 on the port that speaks HTTP/1.1: some clients (that of Kinesis for JavaScript among them) begin with it at once, without asking.
 * https://www.rfc-editor.org/rfc/rfc9113#name-http-2-connection-preface
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer, type Http2ServerRequest, type ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n');

/** of a socket before anything has come */
const GONE = ['end', 'error', 'close', 'timeout'];

export interface Http2 {
  /** Ends its connections. */
  close(): void;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Hands connections that begin as HTTP/2 does to a server of their own; `answer` sees their requests as it sees others.
 *
 * @param idleMs how long a connection may take to begin
 */
export function acceptHttp2(server: Server, answer: Answer, idleMs: number): Http2 {
  const sessions = new Set<ServerHttp2Session>();
  const http2 = createServer((request, response) => {
    asHttp1(request);
    answer(request as unknown as IncomingMessage, response as unknown as ServerResponse);
  });
  http2.on('session', (session) => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    // A client that breaks the protocol, or goes away, ends its own connection only.
    session.on('error', () => session.destroy());
  });
  const undecided = new Set<Socket>();
  const [asBefore] = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    undecided.add(socket);
    begin(socket, idleMs, (isHttp2) => {
      undecided.delete(socket);
      if (isHttp2 === undefined) socket.destroy();
      else if (isHttp2) http2.emit('connection', socket);
      else asBefore?.call(server, socket);
    });
  });
  return {
    close() {
      for (const socket of undecided) socket.destroy();
      for (const session of sessions) session.destroy();
    },
  };
}

/** Looks at the first bytes, and puts them back. Tells nothing where none come in time, or the other side goes away. */
function begin(socket: Socket, idleMs: number, told: (isHttp2: boolean | undefined) => void): void {
  const end = (isHttp2?: boolean) => {
    socket.removeListener('readable', look);
    for (const event of GONE) socket.removeListener(event, giveUp);
    socket.setTimeout(0);
    told(isHttp2);
  };
  const giveUp = () => end();
  const look = () => {
    const first: Buffer | null = socket.read();
    if (first === null) return;
    socket.unshift(first);
    // The preface comes in one piece: nobody sends less than it at once.
    end(first.subarray(0, PREFACE.length).equals(PREFACE));
  };
  for (const event of GONE) socket.on(event, giveUp);
  socket.setTimeout(idleMs);
  socket.on('readable', look);
}

/** Its pseudo headers say what the request line and the Host header say. */
function asHttp1({ headers }: Http2ServerRequest): void {
  headers.host ??= headers[':authority'];
  for (const name of Object.keys(headers)) if (name.startsWith(':')) delete headers[name];
}
