/** The console's server: on 127.0.0.1, for who has its token. It holds the credentials; the browser gets data only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Connection } from '../../operate/connection';
import type { Problem } from '../types/shell';
import { jsonOf } from './body';
import { builtBundle, bundle } from './bundle';
import { contexts } from './context';
import { ConsoleError, problemOf } from './errors';
import { cookieOf, type Guard, guardOf } from './guard';
import { Live } from './live';
import { documentOf, HEADERS, ICON, signedOutDocument, type Theme } from './page';
import { type Context, Download } from './route';
import { loadSlices, routeOf, topicNamed } from './slices';

export interface ConsoleOptions {
  /** asked for each request: it may change */
  readonly connection: () => Connection;
  /** called when credentials were refused: there may be new ones */
  readonly renew?: () => Promise<void>;
  /** refuses what changes something */
  readonly readOnly: boolean;
  /** 0: any free one. Absent: 4511, or the next that is free */
  readonly port?: number;
}

export interface RunningConsole {
  /** with the token: whoever has it may act */
  readonly url: string;
  /** without */
  readonly origin: string;
  close(): Promise<void>;
}

export const CONSOLE_PORT = 4511;
/** Other consoles, of other accounts, may have those before. */
const TRIED_PORTS = 20;
const BEAT_MS = 15_000;
const WARM_MS = 1500;

export async function startConsole(options: ConsoleOptions): Promise<RunningConsole> {
  const server = createServer();
  const port = await listen(server, options.port);
  const guard = guardOf(port);
  const context = contexts(options.connection, options.readOnly);
  const onProblem = ({ code }: Problem) => {
    if (code === 'credentials') void options.renew?.();
  };
  const parts: Parts = {
    guard,
    context,
    live: new Live(topicNamed, context, onProblem),
    onProblem,
    warm: once(() => void setTimeout(() => void loadSlices(), WARM_MS).unref()),
  };
  server.on('request', (request, response) => {
    answer(parts, request, response).catch((error: Error) => {
      console.error(error);
      response.destroy();
    });
  });
  prepareConsole();
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    url: `${origin}/?token=${guard.token}`,
    close: () =>
      new Promise((resolve) => {
        parts.live.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Who opens the printed address is to find the page built, and the code loaded that its first view asks for. */
export function prepareConsole(): void {
  // What goes wrong here is told to whoever asks.
  bundle().catch(() => {});
  routeOf('GET', '/api/overview').catch(() => {});
}

interface Parts {
  readonly guard: Guard;
  readonly context: () => Context;
  readonly live: Live;
  readonly onProblem: (problem: Problem) => void;
  /** the first view is shown: what other views ask may be loaded */
  readonly warm: () => void;
}

/** @throws with the code EADDRINUSE for a port that was named and is taken */
async function listen(server: Server, port: number | undefined): Promise<number> {
  const tried =
    port === undefined ? [...Array.from({ length: TRIED_PORTS }, (_, index) => CONSOLE_PORT + index), 0] : [port];
  for (const [index, one] of tried.entries()) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(one, '127.0.0.1', () => {
          server.off('error', reject);
          resolve();
        });
      });
      return (server.address() as AddressInfo).port;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || index === tried.length - 1) throw error;
    }
  }
  throw new Error('No port was tried.');
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const url = urlOf(request);
  const isApi = url.pathname.startsWith('/api/');
  try {
    parts.guard.requireOwn(request);
    if (url.pathname.startsWith('/assets/')) return await sendAsset(request, response, url.pathname);
    const token = url.searchParams.get('token');
    if (token !== null && !isApi && parts.guard.isToken(token)) return signIn(parts.guard, url, response);
    parts.guard.requireCookie(request);
    if (url.pathname === '/api/live') return listenLive(parts, url, request, response);
    if (isApi) return await sendAnswer(parts, url, request, response);
    requireGet(request);
    const options = { theme: themeOf(request), pathname: url.pathname, context: parts.context() };
    send(request, response, documentOf(await bundle(), options), 'text/html; charset=utf-8');
  } catch (error) {
    const told = problemOf(error, parts.context().connection.target.kind);
    // A fault of ours is told whole where the console was started.
    if (told.problem.code === 'fault') console.error(error);
    parts.onProblem(told.problem);
    sendProblem(told, isApi, request, response);
  }
}

/** Whatever a program sends as its target: a path is one, even where it begins like the name of a host. */
const urlOf = ({ url = '/' }: Pick<IncomingMessage, 'url'>): URL =>
  new URL(`http://console${url.startsWith('/') ? url : '/'}`);

/** The token does not stay in the address: neither in the history nor in what is shown to others. */
function signIn(guard: Guard, url: URL, response: ServerResponse): void {
  url.searchParams.delete('token');
  // `//host` would lead elsewhere.
  const clean = `/${url.pathname.replace(/^\/+/, '')}${url.search}`;
  response.writeHead(303, { location: clean, 'set-cookie': guard.setCookie, 'cache-control': 'no-store' }).end();
}

function requireGet({ method }: IncomingMessage): void {
  if (method !== 'GET' && method !== 'HEAD') throw new ConsoleError('not-found', 'This is a page: it takes GET only.');
}

const themeOf = ({ headers }: IncomingMessage): Theme => {
  const theme = cookieOf(headers.cookie, 'stepwell-theme');
  return theme === 'light' || theme === 'dark' ? theme : 'system';
};

async function sendAsset(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
  requireGet(request);
  if (pathname === '/assets/icon.svg') return send(request, response, ICON, 'image/svg+xml');
  const asset = (await builtBundle()).assets.get(pathname);
  if (asset === undefined) throw new ConsoleError('not-found', `There is no ${pathname}.`);
  // Its name has its content's hash.
  response.setHeader('cache-control', 'public, max-age=31536000, immutable');
  response.setHeader('vary', 'accept-encoding');
  const gzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  if (gzip) response.setHeader('content-encoding', 'gzip');
  send(request, response, gzip ? asset.gzipped : asset.body, asset.type);
}

async function sendAnswer(
  { context: contextOf, warm }: Parts,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { route, params } = await routeOf(request.method ?? 'GET', url.pathname);
  const context = contextOf();
  if (route.acts === true && context.readOnly)
    throw new ConsoleError(
      'read-only',
      'The console is read-only.',
      context.connection.target.kind === 'local' ? 'Start it without --read-only.' : 'Start it with --write.',
    );
  const body = await jsonOf(request);
  const handled = route.handle({ params, query: url.searchParams, body, stream: request }, context);
  // Half of it may be done where it has failed.
  const result = await (route.acts === true ? handled.finally(context.forget) : handled);
  if (result instanceof Download) return sendDownload(result, response);
  send(request, response, JSON.stringify(result ?? null), 'application/json; charset=utf-8');
  warm();
}

function listenLive({ live }: Parts, url: URL, request: IncomingMessage, response: ServerResponse): void {
  requireGet(request);
  const topics = new Set(url.searchParams.getAll('topic'));
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
  response.write(': \n\n');
  // JSON has no line break of its own.
  const end = live.subscribe([...topics], (text) => response.write(`data: ${text}\n\n`));
  const beat = setInterval(() => response.write(': \n\n'), BEAT_MS);
  beat.unref();
  response.once('close', () => {
    clearInterval(beat);
    end();
  });
}

async function sendDownload({ fileName, body }: Download, response: ServerResponse): Promise<void> {
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
    'cache-control': 'no-store',
  });
  if (typeof body === 'string' || body instanceof Uint8Array) response.end(body);
  else await pipeline(Readable.from(body), response).catch(() => response.destroy());
}

function send(request: IncomingMessage, response: ServerResponse, body: string | Uint8Array, type: string): void {
  if (!response.hasHeader('cache-control')) response.setHeader('cache-control', 'no-store');
  response.setHeader('content-type', type);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(request.method === 'HEAD' ? undefined : body);
}

function sendProblem(
  { status, problem }: ReturnType<typeof problemOf>,
  isApi: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.statusCode = status;
  // Nobody reads what is left of an upload that was refused.
  if (request.method !== 'GET') response.setHeader('connection', 'close');
  const [body, type] = isApi
    ? [JSON.stringify({ error: problem }), 'application/json']
    : problem.code === 'signed-out'
      ? [signedOutDocument(), 'text/html']
      : [`${problem.message} ${problem.remedy ?? ''}\n`, 'text/plain'];
  send(request, response, body, `${type}; charset=utf-8`);
}

function once(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) run();
    isDone = true;
  };
}
