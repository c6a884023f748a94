import { NATIONALITIES } from '../../lib/samples/randomuser/places';
import {
  type RandomUserServerOptions,
  SOMETHING_WRONG,
  startRandomUserServer,
} from '../../lib/samples/randomuser/server';
import type { RandomUser } from '../../lib/samples/randomuser/users';

interface Answer {
  readonly results: RandomUser[];
  readonly info?: Record<string, unknown>;
  readonly error?: string;
}

async function withServer(
  options: RandomUserServerOptions,
  test: (ask: (query: string, path?: string) => Promise<{ status: number; body: Answer }>) => Promise<void>,
): Promise<void> {
  const server = await startRandomUserServer({ now: () => Date.UTC(2026, 0, 31, 12), ...options });
  try {
    await test(async (query, path = '/api/1.4/') => {
      const response = await fetch(`${server.url}${path}?${query}`);
      return { status: response.status, body: (await response.json()) as Answer };
    });
  } finally {
    await server.close();
  }
}

test('a seed and a page have the same people each time, and no two of them one id', () =>
  withServer({}, async (ask) => {
    const { body } = await ask('seed=abc&page=2&results=500');
    expect(body.info).toEqual({ seed: 'abc', results: 500, page: 2, version: '1.4' });
    expect((await ask('results=500&page=2&seed=abc', '/api/')).body).toEqual(body);
    const third = (await ask('seed=abc&page=3&results=500')).body;
    const ids = [...body.results, ...third.results].map(({ login }) => login.uuid);
    expect(new Set(ids).size).toBe(1000);
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    );
    expect([...new Set(body.results.map(({ nat }) => nat))].sort()).toEqual(NATIONALITIES);
    // A contract has to take both.
    expect([...new Set(body.results.map(({ location }) => typeof location.postcode))].sort()).toEqual([
      'number',
      'string',
    ]);
    expect(body.results.some(({ id }) => id.value === null)).toBe(true);
  }));

test('inc, exc and noinfo leave out what is not wanted; nat and gender choose', () =>
  withServer({}, async (ask) => {
    const { body } = await ask('results=40&nat=de,FR&gender=female&inc=gender,name,nat,login&exc=login&noinfo');
    expect(Object.keys(body)).toEqual(['results']);
    expect(body.results.map((user) => Object.keys(user).join())).toEqual(Array(40).fill('gender,name,nat'));
    expect(new Set(body.results.map(({ nat }) => nat))).toEqual(new Set(['DE', 'FR']));
    expect(new Set(body.results.map(({ gender }) => gender))).toEqual(new Set(['female']));
    const seeded = await ask('results=40&seed=x&gender=female');
    expect(new Set(seeded.body.results.map(({ gender }) => gender)).size).toBe(2);
  }));

test.each(['results=0', 'results=5001', 'results=many', 'page=10001&results=1', 'nat=XX', ''])(
  'what makes no sense is one person, and no error: %s',
  (query) =>
    withServer({}, async (ask) => {
      const { status, body } = await ask(query);
      expect({ status, results: body.results.length, info: body.info }).toEqual({
        status: 200,
        results: 1,
        info: { seed: expect.stringMatching(/^[0-9a-f]{16}$/), results: 1, page: 1, version: '1.4' },
      });
    }),
);

test('who asks for too many people waits for the next minute', async () => {
  let now = Date.UTC(2026, 0, 31, 12, 0, 59);
  await withServer({ usersPerMinute: 100, now: () => now }, async (ask) => {
    expect((await ask('results=90')).status).toBe(200);
    expect((await ask('results=90')).status).toBe(200);
    const { status, body } = await ask('');
    expect({ status, body }).toEqual({
      status: 429,
      body: { error: expect.stringContaining('180 users in the last minute') },
    });
    now += 1000;
    expect((await ask('')).status).toBe(200);
  });
});

test('only version 1.4 is there, and what is to go wrong does', () =>
  withServer(
    {
      instead: ({ searchParams }) =>
        searchParams.get('page') === '2' ? { status: 500, body: { error: SOMETHING_WRONG } } : undefined,
    },
    async (ask) => {
      expect((await ask('', '/api/1.3/')).status).toBe(404);
      expect(await ask('page=2')).toEqual({ status: 500, body: { error: SOMETHING_WRONG } });
      expect((await ask('page=3')).status).toBe(200);
    },
  ));
