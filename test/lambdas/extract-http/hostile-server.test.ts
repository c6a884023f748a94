import { gzipSync } from 'node:zlib';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { retryAfterMs } from '../../../lambdas/extract-http/request';
import type { HttpConfig } from '../../../lib/tasks/extract-rows';
import { column } from '../staging';
import { type HostileServer, type HttpTest, startHostileServer, startHttpTest } from './http';

let test_: HttpTest;
let server: HostileServer;
let other: HostileServer;
beforeAll(async () => {
  test_ = await startHttpTest();
  [server, other] = await Promise.all([startHostileServer(), startHostileServer()]);
  await test_.secret('hostile', { token: 'a-very-secret-token', apiKey: 'a-very-secret-key' });
});
afterAll(async () => {
  await Promise.all([server.close(), other.close()]);
  await test_.close();
});

const json = (value: unknown, headers: Record<string, string> = {}): HostileServer['answer'] => {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(value));
  };
};
const extract = (config: Partial<HttpConfig> = {}) => test_.extract({ url: `${server.url}/rows`, ...config });
const failure = (config: Partial<HttpConfig> = {}): Promise<Error> =>
  extract(config).then(
    () => {
      throw new Error('It did not fail.');
    },
    (error) => error,
  );

test.each<[string, HostileServer['answer'], Partial<HttpConfig>, string, RegExp]>([
  [
    '200 with an error body',
    json({ error: { code: 17, message: 'quota of the day' } }),
    { rows: 'data' },
    'UnreadableAnswer',
    /\/rows answers with status 200, but with an error in place of rows: "\{"error":\{"code":17,"message":"quota of the day"\}\}"\. Correct what/,
  ],
  [
    'an error body where one row was due',
    json({ message: 'no such city', cod: 404 }),
    {},
    'UnreadableAnswer',
    /with an error in place of rows: "\{"message":"no such city"/,
  ],
  [
    'a changed field',
    json({ results: [{ id: 1 }], total: 1 }),
    { rows: 'data' },
    'UnreadableAnswer',
    /has no rows at 'data': it has results, total; it begins with .* If rows lie elsewhere now, correct the source's rows\.$/,
  ],
  ['a number in place of an array', json(5), {}, 'UnreadableAnswer', /has no rows at its top: it is a number/],
  [
    'an HTML page',
    (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>Please log in</title>');
    },
    {},
    'UnreadableAnswer',
    /status 200 and an HTML page \(text\/html\) in place of JSON: "<!doctype html><title>Please log in<\/title>"\. It may be a login/,
  ],
  [
    'truncated JSON',
    (_request, response) => {
      response.end('[{"id":1},{"id":');
    },
    {},
    'UnreadableAnswer',
    /16 characters of JSON that break off or are wrong/,
  ],
  [
    'plain text',
    (_request, response) => void response.end('rows: none'),
    {},
    'UnreadableAnswer',
    /which is not JSON: "rows: none"/,
  ],
  [
    'nothing at all',
    (_request, response) => void response.end(),
    {},
    'UnreadableAnswer',
    /status 200 and an empty body, where a document was due/,
  ],
  [
    'an unknown charset',
    json([], { 'content-type': 'application/json; charset=klingon' }),
    {},
    'UnreadableAnswer',
    /the charset 'klingon', which nobody knows/,
  ],
  [
    'bytes that are not of the charset',
    (_request, response) => void response.end(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])),
    {},
    'UnreadableAnswer',
    /bytes that are not utf-8/,
  ],
  [
    'a connection that breaks off in the body',
    (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('[{"id":1}');
      setTimeout(() => response.destroy(), 10);
    },
    {},
    'SourceUnavailable',
    /\/rows does not answer: .*, 3 times\./,
  ],
  [
    'a connection that is refused',
    (_request, response) => void response.destroy(),
    {},
    'SourceUnavailable',
    /does not answer: .*, 3 times/,
  ],
  [
    'a server that never answers',
    () => {},
    { timeoutSeconds: 0.05 },
    'SourceUnavailable',
    /does not answer: no answer in time, 3 times/,
  ],
  [
    'a server in trouble',
    (_request, response) => void response.writeHead(500).end('oops'),
    {},
    'SourceUnavailable',
    /answers with status 500, "oops", 3 times/,
  ],
  [
    'a forbidden address',
    (_request, response) => void response.writeHead(403).end('no'),
    {},
    'SourceRefused',
    /status 403, "no"\. The login is known, but may not read this/,
  ],
  [
    'a bad request',
    (_request, response) => void response.writeHead(422).end('{"detail":"limit"}'),
    {},
    'SourceRefused',
    /status 422, "\{"detail":"limit"\}"\. It refuses the request: correct url, query and headers/,
  ],
])('%s', async (_name, answer, config, name, message) => {
  server.answer = answer;

  const error = await failure(config);

  expect([error.name, error.message]).toEqual([name, expect.stringMatching(message)]);
});

test('troubles that pass are no error: it is asked again', async () => {
  let requests = 0;
  server.answer = (request, response) => {
    requests++;
    if (requests === 1) response.destroy();
    else if (requests === 2) response.end('[{"id":');
    else if (requests === 3) response.writeHead(429, { 'retry-after': '0' }).end();
    else if (requests === 4)
      response.writeHead(503, { 'retry-after': new Date(Date.now() - 1000).toUTCString() }).end();
    else json([{ id: 1 }])(request, response);
  };

  const { rows } = await extract();

  expect(rows).toEqual([{ id: '1' }]);
  expect(requests).toBe(5);
});

test('Retry-After in seconds, as an HTTP date, and as nonsense', () => {
  const now = Date.parse('2026-01-05T06:00:00Z');
  expect(
    ['7', ' 0 ', 'Mon, 05 Jan 2026 06:00:09 GMT', 'Mon, 05 Jan 2026 05:00:00 GMT', 'soon', null].map((text) =>
      retryAfterMs(text, now),
    ),
  ).toEqual([7000, 0, 9000, 0, undefined, undefined]);
});

test.each<[string, HttpConfig['paginate'], (page: number) => object, (page: number) => Record<string, string>]>([
  [
    'a cursor that stays',
    { kind: 'cursor', next: 'next', parameter: 'c' },
    () => ({ rows: [{ id: 1 }], next: 'same' }),
    () => ({}),
  ],
  [
    'cursors in a circle',
    { kind: 'cursor', next: 'next', parameter: 'c' },
    (page) => ({ rows: [{ id: page }], next: `c${page % 7}` }),
    () => ({}),
  ],
  [
    'a page number that the server ignores',
    { kind: 'page', parameter: 'p', first: 1 },
    () => ({ rows: [{ id: 1 }] }),
    () => ({}),
  ],
  ['a link to itself', { kind: 'link' }, () => ({ rows: [{ id: 1 }] }), () => ({ link: '</rows>; rel="next"' })],
])('a listing that never ends, by %s, is noticed', async (_name, paginate, body, headers) => {
  let pages = 0;
  server.answer = (request, response) => {
    pages++;
    json(body(pages), headers(pages))(request, response);
  };

  const error = await failure({ rows: 'rows', paginate: paginate! });

  expect([error.name, error.message]).toEqual([
    'UnreadableAnswer',
    expect.stringMatching(/leads in a circle: .*Nothing is published; correct the source's paginate\.$/),
  ]);
  expect(pages).toBeLessThan(25);
});

test('a circle that is longer than an invocation is noticed by a later one', async () => {
  let pages = 0;
  server.answer = (request, response) => json({ rows: [{ id: 1 }], next: `c${pages++ % 7}` })(request, response);
  const config = {
    url: `${server.url}/rows`,
    rows: 'rows',
    paginate: { kind: 'cursor', next: 'next', parameter: 'c' } as const,
  };
  let checkpoint: unknown = null;
  const run = async () => {
    for (let invocations = 0; invocations < 20; invocations++) {
      let calls = 0;
      const remainingMs = () => (calls++ < 3 ? 600_000 : 0);
      ({ checkpoint } = (await test_.extract(config, { checkpoint, remainingMs })).output);
    }
  };

  await expect(run()).rejects.toMatchObject({ name: 'UnreadableAnswer' });
});

test('neither a redirect nor a next page leads to another server, which would get the credentials', async () => {
  const auth = { kind: 'bearer' as const, secret: 'hostile' };
  server.answer = (_request, response) =>
    void response.writeHead(302, { location: `${other.url}/steal?token=abc` }).end();
  expect(await failure({ auth })).toMatchObject({
    name: 'SourceRefused',
    message: expect.stringMatching(/redirects to http:\/\/127\.0\.0\.1:\d+\/steal\?token=\*\*\*, another server/),
  });
  server.answer = json([{ id: 1 }], { link: `<${other.url}/steal>; rel="next"` });
  expect(await failure({ auth, paginate: { kind: 'link' } })).toMatchObject({
    name: 'SourceRefused',
    message: expect.stringMatching(/as its next page: another server/),
  });
  expect(other.requests).toEqual([]);
});

test('a redirect on the same server is followed, with the login; an endless one is not', async () => {
  server.answer = (request, response) => {
    if (request.url === '/rows') response.writeHead(307, { location: '/moved/rows' }).end();
    else json([{ id: 1 }])(request, response);
  };
  expect((await extract({ auth: { kind: 'bearer', secret: 'hostile' } })).rows).toEqual([{ id: '1' }]);
  expect(server.requests.map(({ authorization }) => authorization)).toEqual(
    Array(2).fill('Bearer a-very-secret-token'),
  );

  server.answer = (_request, response) => void response.writeHead(302, { location: '/rows' }).end();
  expect(await failure()).toMatchObject({
    name: 'SourceRefused',
    message: expect.stringMatching(/redirects more than 5 times/),
  });
});

test('what authorizes a request is in no message, even if the server sends it back', async () => {
  server.answer = (request, response) =>
    void response.writeHead(400).end(`You sent ${request.url} and ${request.headers.authorization}`);
  const errors = [
    await failure({ auth: { kind: 'bearer', secret: 'hostile' } }),
    await failure({ auth: { kind: 'apiKey', secret: 'hostile', in: 'query', name: 'k' } }),
  ];
  for (const { message } of errors) {
    expect(message).toContain('***');
    expect(message).not.toMatch(/a-very-secret/);
  }
});

test('a secret that may not be read is no trouble of the source', async () => {
  const denied = Object.assign(new Error('no grant'), { name: 'AccessDeniedException' });
  const read = jest.spyOn(SecretsManagerClient.prototype, 'send').mockRejectedValueOnce(denied as never);

  expect(await failure({ auth: { kind: 'bearer', secret: 'denied' } })).toBe(denied);
  read.mockRestore();
});

test('a secret that is missing, or has not the member, or a line break in it', async () => {
  expect(await failure({ auth: { kind: 'bearer', secret: 'nowhere' } })).toMatchObject({
    name: 'SourceRefused',
    message: expect.stringMatching(
      /^There is no secret stepwell\/nowhere\. Create it: aws secretsmanager create-secret/,
    ),
  });
  expect(await failure({ auth: { kind: 'basic', secret: 'hostile' } })).toMatchObject({
    name: 'SourceRefused',
    message: expect.stringMatching(/^The secret stepwell\/hostile has no username\. Set it/),
  });
  await test_.secret('broken', { token: 'abc\n' });
  const broken = await failure({ auth: { kind: 'bearer', secret: 'broken' } });
  expect(broken).toMatchObject({
    name: 'SourceRefused',
    message: expect.stringMatching(/characters that no header can hold/),
  });
});

test('numbers keep their digits, texts their charset, bodies their compression', async () => {
  const columns = [
    column('id', 'bigint'),
    column('amount', { type: 'decimal', precision: 30, scale: 10 }),
    column('ratio', 'double'),
    column('name', 'text'),
    column('doc', 'json'),
  ];
  const text =
    '[{"id":9223372036854775807,"amount":12345678901234567890.0123456789,"ratio":0.1234567890123456789,"name":"Zoë","doc":{"n":1.00000000000000000001,"s":"x"}},{"id":1e3,"amount":0.10,"doc":"x"}]';
  const expected = [
    {
      id: '9223372036854775807',
      amount: '12345678901234567890.0123456789',
      ratio: 0.12345678901234568,
      name: 'Zoë',
      doc: '{"n":1.00000000000000000001,"s":"x"}',
    },
    { id: '1000', amount: '0.1000000000', ratio: null, name: null, doc: '"x"' },
  ];
  for (const [type, encoding, body] of [
    ['application/json', undefined, Buffer.from(text)],
    ['application/json', 'gzip', gzipSync(text)],
    ['application/json; charset=ISO-8859-1', undefined, Buffer.from(text, 'latin1')],
    ['application/json', undefined, Buffer.from(`\uFEFF${text}`)],
  ] as const) {
    server.answer = (_request, response) => {
      response.writeHead(200, { 'content-type': type, ...(encoding ? { 'content-encoding': encoding } : {}) });
      response.end(body);
    };
    expect((await test_.extract({ url: `${server.url}/rows` }, { columns })).rows).toEqual(expected);
  }
});

test('items that are no objects and values that do not fit go to quarantine, the rest is loaded', async () => {
  server.answer = json([{ id: 1 }, 'two', { id: 'three' }, null, [4], { id: 5 }]);

  const { rows, rejects } = await extract();

  expect(rows).toEqual([{ id: '1' }, { id: '5' }]);
  expect(rejects.map(({ row, reason, raw }) => [row, reason, raw])).toEqual([
    [2, 'the item is not an object', '"two"'],
    [3, "'three' is not a whole number", '{"id":"three"}'],
    [4, 'the item is not an object', 'null'],
    [5, 'the item is not an object', '[4]'],
  ]);
});

test('a member that has another name from one page on is drift, where the contract does not ignore it', async () => {
  let pages = 0;
  server.answer = (request, response) =>
    json({ rows: [++pages < 3 ? { id: pages } : { identifier: pages }], next: `c${pages}` })(request, response);
  const config = {
    url: `${server.url}/rows`,
    rows: 'rows',
    paginate: { kind: 'cursor', next: 'next', parameter: 'c' } as const,
  };

  await expect(test_.extract(config, { onDrift: 'fail' })).rejects.toMatchObject({
    name: 'ContractDrift',
    message: expect.stringMatching(/missing: 'id'.*; new: 'identifier'.*Correct the/),
  });
});

test('a page too large for the memory is refused before it is read', async () => {
  server.answer = (_request, response) => {
    const piece = Buffer.alloc(1024 * 1024, ' ');
    const send = () => {
      while (!response.destroyed && response.write(piece));
      if (!response.destroyed) response.once('drain', send);
    };
    send();
  };

  expect(await failure({})).toMatchObject({
    name: 'UnreadableAnswer',
    message: expect.stringMatching(/more than 32 MiB in one page\. Ask for smaller pages/),
  });
});

test('a later page that fails for a while ends the invocation, not the extract: the next one goes on there', async () => {
  let pages = 0;
  server.answer = (request, response) => {
    pages++;
    if (pages === 2) response.writeHead(429, { 'retry-after': '3600' }).end();
    else json({ rows: [{ id: pages }], next: pages === 1 ? 'b' : null })(request, response);
  };
  const config = {
    url: `${server.url}/rows`,
    rows: 'rows',
    paginate: { kind: 'cursor', next: 'next', parameter: 'c' } as const,
  };

  const first = await test_.extract(config);
  const second = await test_.extract(config, { checkpoint: first.output.checkpoint });

  expect([first.rows, second.rows]).toEqual([[{ id: '1' }], [{ id: '3' }]]);
  expect(first.output.checkpoint).toMatchObject({ position: { cursor: 'b' }, rows: 1 });
  expect(server.requests.map(({ url }) => url)).toEqual(['/rows', '/rows?c=b', '/rows?c=b']);
});

test('values are encoded for their place; a parameter without a value is left out', async () => {
  server.answer = json([]);
  const options = {
    partition: { id: 'p', values: { city: 'São Paulo/&?#' } },
    interval: { start: '2026-01-04T00:00:00.000Z', end: '2026-01-05T00:00:00.000Z' },
    cursor: { column: 'updated_at', to: '2026-01-05T00:00:00.000Z' },
  };
  await test_.extract(
    {
      url: `${server.url}/{partition.city}/rows?fixed=1`,
      query: {
        q: '{partition.city}',
        from: '{cursor.from}',
        to: '{cursor.to:unix}',
        day: '{interval.start:date}',
        ms: 'x{interval.start:unixMs}',
      },
    },
    options,
  );
  expect(server.requests[0]!.url).toBe(
    '/S%C3%A3o%20Paulo%2F%26%3F%23/rows?fixed=1&q=S%C3%A3o+Paulo%2F%26%3F%23&to=1767571200&day=2026-01-04&ms=x1767484800000',
  );
  await expect(test_.extract({ url: `${server.url}/{partition.none}` }, options)).rejects.toMatchObject({
    name: 'InvalidTaskInput',
    message: 'url names {partition.none}, and this run has no such value.',
  });
});
