import { interactionOf } from '../../../lib/samples/crm/interactions';
import { startCrmServer } from '../../../lib/samples/crm/server';
import { startRandomUserServer } from '../../../lib/samples/randomuser/server';
import type { RandomUser } from '../../../lib/samples/randomuser/users';
import type { SampleServer } from '../../../lib/samples/server';
import { SAMPLE_CITIES } from '../../../lib/samples/weather/cities';
import { startWeatherServer } from '../../../lib/samples/weather/server';
import type { HttpConfig } from '../../../lib/tasks/extract-rows';
import { column } from '../staging';
import { type HttpTest, startHttpTest } from './http';

const NOW = Date.parse('2026-01-05T06:00:00Z');
const LOGINS = {
  bearerToken: 'the-bearer-token',
  apiKey: 'the-api-key',
  username: 'shop',
  password: 'p:ässword',
  clientId: 'client+1',
  clientSecret: 's ecret/1',
};
const PER_DAY = 120;
const DAY = 20_457; // 2026-01-04
const INTERVAL = { start: '2026-01-04T00:00:00.000Z', end: '2026-01-05T00:00:00.000Z' };
const COLUMNS = [
  column('interaction_id', 'bigint', { key: true, nullable: false }),
  column('external_ref', 'bigint', { nullable: false }),
  column('agent_name', 'text', { from: 'agent.name' }),
  column('first_tag', 'text', { from: 'tags[0]' }),
  column('sentiment', { type: 'decimal', precision: 3, scale: 2 }),
  column('updated_at', 'timestamp'),
];

let test_: HttpTest;
let crm: SampleServer;
let weather: SampleServer;
let weatherClock = NOW;
beforeAll(async () => {
  test_ = await startHttpTest();
  crm = await startCrmServer({ ...LOGINS, interactionsPerDay: PER_DAY, requestsPerSecond: 1000, now: () => NOW });
  weather = await startWeatherServer({ apiKey: 'weather-key', requestsPerMinute: 60, now: () => weatherClock });
  await test_.secret('crm', { token: LOGINS.bearerToken, ...LOGINS });
  await test_.secret('weather', { apiKey: 'weather-key' });
});
afterAll(async () => {
  await crm.close();
  await weather.close();
  await test_.close();
});

const between = { updated_since: '{interval.start}', updated_before: '{interval.end}' };
const EXPECTED = Array.from({ length: PER_DAY }, (_, index) => interactionOf(DAY, index, PER_DAY)).map((one) => ({
  interaction_id: String(one.interaction_id),
  external_ref: String(one.external_ref),
  agent_name: one.agent.name,
  first_tag: one.tags[0] ?? null,
  sentiment: one.sentiment === null ? null : one.sentiment.toFixed(2),
  updated_at: one.updated_at.replace('T', ' ').replace(/\.?0*Z$/, ''),
}));

const pagings: readonly (readonly [string, Partial<HttpConfig> & { url: string }, number])[] = [
  [
    'cursor',
    {
      url: '/v1/interactions',
      rows: 'data',
      query: { ...between, limit: '50' },
      paginate: { kind: 'cursor', next: 'meta.next', parameter: 'cursor' },
    },
    3,
  ],
  [
    'page',
    {
      url: '/v1/interactions/pages',
      rows: 'items',
      query: between,
      paginate: { kind: 'page', parameter: 'page', first: 1, size: 50, sizeParameter: 'per_page' },
    },
    3,
  ],
  // The server gives 500 at most: a page of fewer rows than asked for is not the last.
  [
    'page of a server that gives less than asked',
    {
      url: '/v1/interactions/pages',
      rows: 'items',
      query: { ...between, per_page: '50' },
      paginate: { kind: 'page', parameter: 'page', first: 1, size: 1000 },
    },
    3,
  ],
  ['link', { url: '/v1/interactions/links', query: { ...between, limit: '50' }, paginate: { kind: 'link' } }, 3],
];
const auths: readonly (readonly [string, HttpConfig['auth']])[] = [
  ['a bearer token', { kind: 'bearer', secret: 'crm' }],
  ['an API key', { kind: 'apiKey', secret: 'crm', in: 'header', name: 'X-Api-Key' }],
  ['Basic', { kind: 'basic', secret: 'crm' }],
  ['OAuth2 client credentials', { kind: 'oauth2', secret: 'crm', tokenUrl: '/oauth/token' }],
];

test.each(pagings)('every interaction of a day, by %s', async (_, config, requests) => {
  const before = crm.requests;

  const { rows, output } = await test_.extract(
    { ...config, url: crm.url + config.url, auth: auths[0]![1] },
    { columns: COLUMNS, interval: INTERVAL },
  );

  expect(rows).toEqual(EXPECTED);
  expect(output).toMatchObject({ checkpoint: null, staged: { rows: PER_DAY, rejected: 0 } });
  expect(crm.requests - before).toBe(requests);
});

test.each(auths)('with %s', async (_, auth) => {
  const [, config] = pagings[0]!;
  const withServer = auth?.kind === 'oauth2' ? { ...auth, tokenUrl: crm.url + auth.tokenUrl } : auth;

  const { rows } = await test_.extract(
    { ...config, url: crm.url + config.url, auth: withServer },
    { columns: COLUMNS, interval: INTERVAL },
  );

  expect(rows).toEqual(EXPECTED);
});

test('OAuth2: one token serves until it is refused, and a token that has expired is got anew in the middle of a listing', async () => {
  let clock = NOW;
  const server = await startCrmServer({ ...LOGINS, interactionsPerDay: PER_DAY, tokenSeconds: 3600, now: () => clock });
  const config = {
    ...pagings[0]![1],
    url: `${server.url}/v1/interactions`,
    auth: { kind: 'oauth2' as const, secret: 'crm', tokenUrl: `${server.url}/oauth/token` },
  };

  await test_.extract(config, { columns: COLUMNS, interval: INTERVAL });
  await test_.extract(config, { columns: COLUMNS, interval: INTERVAL });
  expect(server.requests).toBe(1 + 3 + 3);
  clock += 3_601_000;
  const { rows } = await test_.extract(config, { columns: COLUMNS, interval: INTERVAL });

  expect(rows).toEqual(EXPECTED);
  expect(server.requests).toBe(1 + 3 + 3 + (1 + 1 + 3));
  await server.close();
});

test('a secret that was rotated is read again when the login is refused; a wrong one fails with what to do', async () => {
  const [, config] = pagings[0]!;
  const withSecret = { ...config, url: crm.url + config.url, auth: { kind: 'bearer' as const, secret: 'rotating' } };
  await test_.secret('rotating', { token: 'old-token-that-was' });

  await expect(test_.extract(withSecret, { columns: COLUMNS, interval: INTERVAL })).rejects.toMatchObject({
    name: 'SourceRefused',
    message: expect.stringMatching(
      /answers with status 401, .*The login is refused, also with the secret read anew: correct the secret\.$/,
    ),
  });
  await test_.secret('rotating', { token: LOGINS.bearerToken });
  expect((await test_.extract(withSecret, { columns: COLUMNS, interval: INTERVAL })).rows).toEqual(EXPECTED);
});

test('a function whose time is up stops between pages, and the next one goes on where it stopped: every row once', async () => {
  for (const [, config] of pagings) {
    let checkpoint: unknown = null;
    const all: Record<string, unknown>[] = [];
    let invocations = 0;
    do {
      let remaining = 30_000;
      const { output, rows } = await test_.extract(
        { ...config, url: crm.url + config.url, auth: auths[0]![1] },
        {
          columns: COLUMNS,
          interval: INTERVAL,
          checkpoint,
          remainingMs: () => {
            remaining -= 6_000;
            return remaining;
          },
        },
      );
      // It travels through the state machine.
      checkpoint = JSON.parse(JSON.stringify(output.checkpoint));
      all.push(...rows);
      invocations++;
    } while (checkpoint !== null);

    expect(invocations).toBeGreaterThan(1);
    expect(all).toEqual(EXPECTED);
  }
});

test('requests keep the rate limit of the run', async () => {
  const [, config] = pagings[0]!;
  const start = performance.now();

  await test_.extract(
    { ...config, url: crm.url + config.url, auth: auths[0]![1], rateLimit: 10 },
    { columns: COLUMNS, interval: INTERVAL },
  );

  // The second and the third request wait for their turns.
  expect(performance.now() - start).toBeGreaterThan(199);
});

const WEATHER = [
  column('city', 'text', { from: 'name', nullable: false }),
  column('measured_at', 'bigint', { from: 'dt' }),
  column('temperature', { type: 'decimal', precision: 5, scale: 2 }, { from: 'main.temp' }),
  column('condition', 'text', { from: 'weather[0].main' }),
  column('rain', 'double', { from: 'rain.1h' }),
];
const currentWeather = () => ({
  url: `${weather.url}/data/2.5/weather`,
  query: { lat: '{partition.lat}', lon: '{partition.lon}', units: 'metric' },
  auth: { kind: 'apiKey' as const, secret: 'weather', in: 'query' as const, name: 'appid' },
});
const partitionOf = ({ name, lat, lon }: (typeof SAMPLE_CITIES)[number]) => ({
  id: name.toLowerCase().replace(/\W/g, '-'),
  values: { lat, lon },
});

test('the current weather of a city is one row, its nested members columns', async () => {
  const { rows } = await test_.extract(currentWeather(), {
    columns: WEATHER,
    partition: partitionOf(SAMPLE_CITIES[0]!),
    partitions: 59,
  });

  expect(rows).toEqual([
    {
      city: 'Seattle',
      measured_at: String(NOW / 1000),
      temperature: expect.stringMatching(/^-?\d+\.\d\d$/),
      condition: expect.any(String),
      rain: rows[0]!.rain,
    },
  ]);
});

test('history of a past interval: a day of a city', async () => {
  const { rows } = await test_.extract(
    {
      ...currentWeather(),
      url: `${weather.url}/data/3.0/onecall/timemachine`,
      query: { lat: '{partition.lat}', lon: '{partition.lon}', dt: '{interval.start:unix}' },
      rows: 'data',
    },
    {
      columns: [column('dt', 'bigint'), column('temp', 'double')],
      partition: partitionOf(SAMPLE_CITIES[1]!),
      interval: INTERVAL,
    },
  );

  expect(rows).toEqual([{ dt: String(Date.parse(INTERVAL.start) / 1000), temp: expect.any(Number) }]);
});

test('an unknown place and a wrong key are refused in words, without the key', async () => {
  const nowhere = test_.extract(currentWeather(), {
    columns: WEATHER,
    partition: { id: 'x', values: { lat: 0, lon: 0 } },
  });
  await expect(nowhere).rejects.toMatchObject({
    name: 'SourceRefused',
    message: expect.stringMatching(
      /weather\?lat=0&lon=0&units=metric answers with status 404, "\{"cod":"404","message":"city not found"\}"\. There is nothing/,
    ),
  });
  await test_.secret('bad-weather', { apiKey: 'wrong-weather-key' });
  const auth = { kind: 'apiKey' as const, secret: 'bad-weather', in: 'query' as const, name: 'appid' };
  const error = (await test_
    .extract({ ...currentWeather(), auth }, { columns: WEATHER, partition: partitionOf(SAMPLE_CITIES[0]!) })
    .catch((thrown) => thrown)) as Error;
  expect(error.message).toMatch(/status 401, .*Invalid API key/);
  expect(error.message).not.toContain('wrong-weather-key');
});

test('past the limit of a minute: waits as it is told, or leaves it to the retry of the state machine', async () => {
  const config = currentWeather();
  for (let n = 0; n < 70; n++) await fetch(`${weather.url}/data/2.5/weather?q=Paris&appid=weather-key`);

  await expect(
    test_.extract(config, { columns: WEATHER, partition: partitionOf(SAMPLE_CITIES[0]!), remainingMs: () => 30_000 }),
  ).rejects.toMatchObject({
    name: 'TooManyRequestsException',
    message: expect.stringContaining('asks to wait 60 s, longer than this function may'),
  });
  weatherClock += 59_500;
  setTimeout(() => {
    weatherClock += 600;
  }, 200);
  const { rows } = await test_.extract(config, { columns: WEATHER, partition: partitionOf(SAMPLE_CITIES[0]!) });
  expect(rows).toHaveLength(1);
});

test('an element is kept as it came, whatever else columns name of it', async () => {
  const server = await startRandomUserServer({ now: () => NOW });
  try {
    const config = {
      url: `${server.url}/api/1.4/`,
      rows: 'results',
      query: { results: '5', seed: '{interval.start:unix}', page: '{partition.id}' },
    };
    const columns = [
      column('user_id', 'text', { from: 'login.uuid' }),
      column('page', 'integer', { from: 'partition.id' }),
      column('body', 'json', { from: '$' }),
      column('nickname', 'text'),
    ];
    const partition = { id: '2', values: {} };
    const onDrift = { newColumns: 'fail', missingColumns: 'ignore', changedTypes: 'fail' } as const;
    const { rows, rejects } = await test_.extract(config, { columns, partition, interval: INTERVAL, onDrift });

    const asked = await fetch(`${server.url}/api/?results=5&page=2&seed=${Date.parse(INTERVAL.start) / 1000}`);
    const { results } = (await asked.json()) as { results: RandomUser[] };
    expect(rejects).toEqual([]);
    expect(rows.map(({ body, ...row }) => ({ ...row, body: JSON.parse(String(body)) }))).toEqual(
      results.map((body) => ({ user_id: body.login.uuid, page: 2, body, nickname: null })),
    );
    expect(rows[0]!.body).toBe(JSON.stringify(results[0]));
  } finally {
    await server.close();
  }
});
