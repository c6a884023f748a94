/** Who gets in, and what is said to whom: without a browser. */
import { request } from 'node:http';
import { bundle } from '../../lib/console/server/bundle';
import { type RunningConsole, startConsole } from '../../lib/console/server/server';
import { loadSlices } from '../../lib/console/server/slices';
import type { Connection } from '../../lib/operate/connection';
import { localClientOptions } from '../../lib/operate/local';

const DEAD = 'http://127.0.0.1:9';
const connection: Connection = {
  client: { ...localClientOptions(DEAD) },
  target: { kind: 'local', endpoint: DEAD, stateDir: '' },
};

let running: RunningConsole;
let cookie: string;

beforeAll(async () => {
  running = await startConsole({ connection: () => connection, readOnly: true, port: 0 });
  const { headers } = await ask(`/?token=${tokenOf(running)}`);
  cookie = String(headers['set-cookie']).split(';')[0]!;
});
afterAll(() => running.close());

const tokenOf = ({ url }: RunningConsole) => new URL(url).searchParams.get('token')!;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** As no browser lets a page do: any header. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET', body?: string): Promise<Answer> {
  const { hostname, port } = new URL(running.origin);
  return new Promise((resolve, reject) => {
    const asking = request({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }));
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

const code = ({ body }: Answer) => (JSON.parse(body) as { error: { code: string } }).error.code;

test('the printed address signs in: a cookie no script reads and no other site sends, and the token leaves the address', async () => {
  const answer = await ask(`/runs/orders/1?token=${tokenOf(running)}&tab=logs`);

  expect(answer.status).toBe(303);
  expect(answer.headers.location).toBe('/runs/orders/1?tab=logs');
  expect(String(answer.headers['set-cookie'])).toMatch(
    /^stepwell-console-\d+=[\w-]{32}; HttpOnly; SameSite=Strict; Path=\/$/,
  );
  expect(String(answer.headers['set-cookie'])).not.toContain(tokenOf(running));
});

test('a redirect after the token stays on this host', async () => {
  const answer = await ask(`//evil.example/x?token=${tokenOf(running)}`);

  expect(answer).toMatchObject({ status: 303, headers: { location: expect.stringMatching(/^\/(?!\/)/) } });
});

test.each(['', 'x', 'x'.repeat(32)])('the token %j does not sign in', async (token) => {
  const answer = await ask(`/?token=${token}`);

  expect(answer.status).toBe(401);
  expect(answer.headers['set-cookie']).toBeUndefined();
});

test('without the cookie there is neither page nor data, nor live data', async () => {
  const [page, data, live] = await Promise.all([ask('/'), ask('/api/about'), ask('/api/live?topic=overview')]);

  expect(page.status).toBe(401);
  expect(page.body).toContain('not signed in');
  expect([data.status, code(data)]).toEqual([401, 'signed-out']);
  expect([live.status, code(live)]).toEqual([401, 'signed-out']);
});

test("another console's cookie is worth nothing", async () => {
  const other = await startConsole({ connection: () => connection, readOnly: true, port: 0 });
  try {
    const wrong = cookie.replace(/=.*/, `=${tokenOf(other)}`);

    expect((await ask('/', { cookie: wrong })).status).toBe(401);
  } finally {
    await other.close();
  }
});

test.each(['evil.example', 'evil.example:80', '127.0.0.1', 'localhost', '[::1]:4511', '127.0.0.1:1'])(
  'the Host %j, as a rebound name has it, is refused, with the cookie as well',
  async (host) => {
    const answer = await ask('/api/about', { host, cookie });

    expect([answer.status, code(answer)]).toEqual([403, 'foreign']);
  },
);

test.each([
  ['another origin', { origin: 'http://evil.example' }],
  ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
  ['no origin at all, as of a file', { origin: 'null' }],
  ['a request that the browser says is of another site', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
  ['a frame of another port', { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }],
])('%s is refused', async (_, headers) => {
  const answer = await ask('/api/about', { cookie, ...headers } as Record<string, string>);

  expect([answer.status, code(answer)]).toEqual([403, 'foreign']);
});

test('what changes something has to name its origin', async () => {
  const answer = await ask('/api/pipelines/orders/pause', { cookie }, 'POST', '{}');

  expect([answer.status, code(answer)]).toEqual([403, 'foreign']);
});

test('a link from elsewhere is a navigation: it gets the page that says how to go on, and no data', async () => {
  const answer = await ask('/runs/orders/1', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' });

  expect(answer.status).toBe(401);
  expect(answer.body).toContain('Go on');
});

test('every answer forbids inline code, frames, sniffing and referrers', async () => {
  const answers = await Promise.all([
    ask('/', { cookie }),
    ask('/'),
    ask('/api/x', { cookie }),
    ask('/assets/icon.svg'),
  ]);

  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|data:|blob:/);
  }
});

test('nothing of another origin is allowed by CORS', async () => {
  const { headers } = await ask('/api/about', { cookie, origin: running.origin });

  expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test.each([
  '/assets/../server/server.ts',
  '/assets/%2e%2e/package.json',
  '/assets/..%2f..%2fpackage.json',
  '/assets/main.js',
])('%s is no file of ours', async (path) => {
  expect((await ask(path, { cookie })).body).not.toContain('stepwell');
});

test.each(['//', '//[', '/\\\\[', '/%', '/%00', '/api//', '*', 'http://['])(
  'the target %j is answered',
  async (target) => {
    const { status } = await ask(target, { cookie });
    expect(status).toBeGreaterThanOrEqual(200);
    expect(status).toBeLessThan(500);
    expect((await ask('/', { cookie })).status).toBe(200);
  },
);

test('unknown routes, wrong methods and bodies that are no JSON are told in sentences', async () => {
  const own = { cookie, origin: running.origin };

  expect(JSON.parse((await ask('/api/nothing', own)).body)).toEqual({
    error: { code: 'not-found', message: 'There is no /api/nothing.' },
  });
  expect(JSON.parse((await ask('/api/about', own, 'DELETE')).body)).toEqual({
    error: { code: 'not-found', message: '/api/about does not take DELETE.' },
  });
});

test('a cloud that is down is told as that, with what to do', async () => {
  const answer = await ask('/api/about', { cookie });

  expect([answer.status, JSON.parse(answer.body)]).toEqual([
    503,
    { error: { code: 'cloud-down', message: 'The local cloud does not answer.', remedy: 'Start it with: npm start' } },
  ]);
});

test('each route that changes something says so, and is refused in a console that is read-only', async () => {
  const routes = (await loadSlices()).flatMap((slice) => slice.routes);
  const changing = routes.filter(({ acts }) => acts);

  // What asks by POST, as its question is long, only looks.
  const looking = routes.filter(({ method, acts }) => method !== 'GET' && !acts).map(({ path }) => path);
  expect(looking.filter((path) => !/\/(plan|preview|check|dry-run)$/.test(path))).toEqual([]);
  expect(changing.length).toBeGreaterThan(0);
  for (const { method, path } of changing) {
    const answer = await ask(path.replaceAll(':', ''), { cookie, origin: running.origin }, method, '{}');

    expect([path, answer.status, code(answer)]).toEqual([path, 403, 'read-only']);
  }
});

test('the first view is less than 300 kB, gzipped', async () => {
  const { assets, entry } = await bundle();
  const first = [entry.script, entry.style, ...entry.imports, ...entry.overview];

  const bytes = first.reduce((sum, name) => sum + assets.get(name)!.gzipped.length, 0);

  expect(bytes).toBeLessThan(300_000);
  // All there is, with the charts and the graphs, is not much more.
  expect([...assets.values()].reduce((sum, { gzipped }) => sum + gzipped.length, 0)).toBeLessThan(300_000);
});

test('an address that a browser is given by a person works by name as well', async () => {
  const { port } = new URL(running.origin);

  expect((await ask(`/?token=${tokenOf(running)}`, { host: `localhost:${port}` })).status).toBe(303);
});
