import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postEvent } from '../../../lambdas/lineage/post';
import type { RunEvent } from '../../../lambdas/lineage/run-event';

const EVENT = { eventType: 'START', job: { namespace: 'n', name: 'orders', facets: {} } } as unknown as RunEvent;
const AT_ONCE = { pause: async () => {} };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

interface Request {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** Answers each request by the next of the statuses, the last one for ever. */
async function serverWith(
  ...answers: readonly (number | ((request: IncomingMessage, response: ServerResponse) => void))[]
): Promise<{ url: string; requests: Request[] }> {
  const requests: Request[] = [];
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      requests.push({
        method: request.method!,
        url: request.url!,
        authorization: request.headers.authorization,
        body: JSON.parse(body),
      });
      const answer = answers[Math.min(requests.length, answers.length) - 1]!;
      if (typeof answer === 'number') response.writeHead(answer).end(answer >= 400 ? `status ${answer}` : '');
      else answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

test('an event is posted to the path of the specification, with the key as a bearer token', async () => {
  const { url, requests } = await serverWith(201);

  expect(await postEvent(EVENT, { url: `${url}/gms/`, apiKey: async () => 'k1' })).toEqual({ outcome: 'taken' });
  expect(requests).toEqual([
    { method: 'POST', url: '/gms/api/v1/lineage', authorization: 'Bearer k1', body: JSON.parse(JSON.stringify(EVENT)) },
  ]);
});

test('without a secret there is no token', async () => {
  const { url, requests } = await serverWith(200);

  await postEvent(EVENT, { url });
  expect(requests).toMatchObject([{ authorization: undefined }]);
});

test.each([500, 502, 503, 429, 408])('a server that answers %i once is asked again', async (status) => {
  const { url, requests } = await serverWith(status, 201);

  expect(await postEvent(EVENT, { url }, AT_ONCE)).toEqual({ outcome: 'taken' });
  expect(requests).toHaveLength(2);
});

test('after three attempts it has failed, with what the server said', async () => {
  const { url, requests } = await serverWith(500);

  expect(await postEvent(EVENT, { url }, AT_ONCE)).toEqual({
    outcome: 'failed',
    problem: `${url}/api/v1/lineage answers 500: status 500`,
  });
  expect(requests).toHaveLength(3);
});

test.each([400, 413, 422])('an event that is answered by %i is refused for good, at once', async (status) => {
  const { url, requests } = await serverWith(status);

  expect(await postEvent(EVENT, { url }, AT_ONCE)).toMatchObject({ outcome: 'refused' });
  expect(requests).toHaveLength(1);
});

test('what is not there may be there later, and is not asked for again now', async () => {
  const { url, requests } = await serverWith(404);

  expect(await postEvent(EVENT, { url }, AT_ONCE)).toMatchObject({ outcome: 'failed' });
  expect(requests).toHaveLength(1);
});

test('a key that is not taken is read anew, once', async () => {
  const { url, requests } = await serverWith(401, 201);
  const apiKey = async (fresh: boolean) => (fresh ? 'new' : 'old');

  expect(await postEvent(EVENT, { url, apiKey }, AT_ONCE)).toEqual({ outcome: 'taken' });
  expect(requests.map(({ authorization }) => authorization)).toEqual(['Bearer old', 'Bearer new']);

  const refusing = await serverWith(403);
  expect(await postEvent(EVENT, { url: refusing.url, apiKey }, AT_ONCE)).toMatchObject({ outcome: 'failed' });
  expect(refusing.requests).toHaveLength(2);
});

test('a redirect is not followed: the key is for this server alone', async () => {
  const { url, requests } = await serverWith((_request, response) => {
    response.writeHead(302, { location: 'https://elsewhere.example.com/' }).end();
  });

  expect(await postEvent(EVENT, { url, apiKey: async () => 'k' }, AT_ONCE)).toEqual({
    outcome: 'failed',
    problem: `${url}/api/v1/lineage answers 302 and redirects to https://elsewhere.example.com/, which is not followed: name that server as url.`,
  });
  expect(requests).toHaveLength(1);
});

test('a server that never answers, or stops in the middle, is given up', async () => {
  const { url } = await serverWith(
    () => {},
    (_request, response) => {
      response.writeHead(500, { 'content-length': 100 }).write('half');
    },
  );

  expect(await postEvent(EVENT, { url }, { ...AT_ONCE, timeoutMs: 50 })).toEqual({
    outcome: 'failed',
    problem: `${url}/api/v1/lineage: no answer within 0.05 s`,
  });
});

test('a server that is not there, and a secret that is not there, are told', async () => {
  const { url } = await serverWith(200);
  server!.close();
  await new Promise((resolve) => server!.once('close', resolve));

  expect(await postEvent(EVENT, { url }, AT_ONCE)).toMatchObject({
    outcome: 'failed',
    problem: expect.stringContaining('ECONNREFUSED'),
  });
  const apiKey = async () => {
    throw new Error('There is no secret stepwell/marquez.');
  };
  expect(await postEvent(EVENT, { url, apiKey }, AT_ONCE)).toMatchObject({
    outcome: 'failed',
    problem: expect.stringContaining('There is no secret stepwell/marquez.'),
  });
});
