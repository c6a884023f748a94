/** The weather pipeline end to end, against the sample server: tables as an independent computation has them. */
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../lib/constructs/cache';
import type { SampleServer } from '../../lib/samples/server';
import { OPENWEATHER_ORIGIN, startWeatherServer } from '../../lib/samples/weather/server';
import { type HostileServer, startHostileServer } from '../lambdas/extract-http/http';
import { lineageOfAll } from './lineage-reading';
import { type PipelinesCloud, type Row, startPipelines } from './pipelines-cloud';
import { observed, sqlTime, withFewerCities } from './weather-expected';

const KEY = 'a-key';
const { cities, pipeline } = withFewerCities(5);
let server: SampleServer;
/** in front of it: hands every request on, until it is told to answer something else */
let front: HostileServer;
let cloud: PipelinesCloud;

const handOn: HostileServer['answer'] = async (request, response) => {
  const answer = await fetch(`${server.url}${request.url}`);
  response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type')! });
  response.end(await answer.text());
};

beforeAll(async () => {
  server = await startWeatherServer({ apiKey: KEY, requestsPerMinute: 100_000 });
  front = await startHostileServer();
  front.answer = handOn;
  process.env.STEPWELL_ORIGINS = JSON.stringify({ [OPENWEATHER_ORIGIN]: front.url });
  cloud = await startPipelines([pipeline], join(PROJECT_ROOT, 'state-machines', 'weather'), undefined, {
    'stepwell:lineage': true,
  });
});
afterAll(async () => {
  delete process.env.STEPWELL_ORIGINS;
  await cloud?.stop();
  await Promise.all([front?.close(), server?.close()]);
});

/** Asks the server itself, and computes the rows in TypeScript. */
const expected = (hour: string): Promise<Row[]> =>
  Promise.all(
    cities.map(async (city) => ({
      ...(await observed({ url: server.url, key: KEY }, city, hour)),
      hour: sqlTime(hour),
      observed_on: hour.slice(0, 10),
    })),
  );

const cityHours = () => cloud.query('aurora', 'SELECT * FROM weather.city_hours ORDER BY hour, city_id');
const currentWeather = () => cloud.query('aurora', 'SELECT * FROM weather.current_weather ORDER BY city_id');
const byHourAndCity = (rows: readonly Row[]) =>
  [...rows].sort((a, b) => (`${a.hour} ${a.city_id}` < `${b.hour} ${b.city_id}` ? -1 : 1));
/** Of all tests, also of those that begin after the next one. */
const began = Math.floor((Date.now() - 5 * 60_000) / 3_600_000) * 3_600_000 + 5 * 60_000;
const hourOf = (back: number) => {
  const end = began - back * 3_600_000;
  return { start: new Date(end - 3_600_000).toISOString(), end: new Date(end).toISOString() };
};
/** As the schedule starts it. */
const LATEST = { schedule: { time: hourOf(0).end } };

test('without a secret the run says how to make one, and nothing is published', async () => {
  const run = await cloud.start('weather', LATEST);
  expect(run.status).toBe('FAILED');
  expect(
    await cloud.query('aurora', "SELECT 1 FROM information_schema.tables WHERE table_name = 'city_hours'"),
  ).toEqual([]);
  await cloud.putSecret('openweather', { apiKey: KEY });
});

test('an hour of every city, by city and by region, as the server has it; the interval that failed is taken over', async () => {
  const { start } = hourOf(0);
  const run = await cloud.start('weather', LATEST);
  expect(run).toMatchObject({ status: 'SUCCEEDED', output: { rows: 2 * cities.length, rejected: 0, warnings: [] } });
  const rows = byHourAndCity(await expected(start));
  expect(await cityHours()).toEqual(rows);

  const regions = await cloud.query(
    'aurora',
    'SELECT region, cities, coldest, warmest FROM weather.region_hours ORDER BY region',
  );
  const names = [...new Set(rows.map(({ region }) => region!))].sort();
  expect(regions).toEqual(
    names.map((region) => {
      const temperatures = rows.filter((row) => row.region === region).map(({ temperature }) => Number(temperature));
      return {
        region,
        cities: String(temperatures.length),
        coldest: Math.min(...temperatures).toFixed(2),
        warmest: Math.max(...temperatures).toFixed(2),
      };
    }),
  );
});

test('the same interval again is a duplicate; a past one is extracted beside it; reprocessing changes nothing', async () => {
  expect(await cloud.start('weather', LATEST)).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'duplicate' } });
  expect(await cloud.start('weather', { interval: hourOf(30) })).toMatchObject({ status: 'SUCCEEDED' });
  const both = byHourAndCity([...(await expected(hourOf(30).start)), ...(await expected(hourOf(0).start))]);
  expect(await cityHours()).toEqual(both);
  expect(await cloud.start('weather', { interval: hourOf(0), reprocess: true })).toMatchObject({
    status: 'SUCCEEDED',
    output: { rows: 2 * cities.length },
  });
  expect(await cityHours()).toEqual(both);
});

test('the weather now: one row a city, as the server has it at that moment; the run of a past interval asks again', async () => {
  const before = await currentWeather();
  const asOf = (rows: readonly Row[]) =>
    Promise.all(
      [...cities]
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .map((city, index) =>
          observed({ url: server.url, key: KEY }, city, `${rows[index]!.observed_at!.replace(' ', 'T')}Z`),
        ),
    );
  expect(before).toEqual(await asOf(before));

  const startedAt = sqlTime(new Date().toISOString());
  expect(await cloud.start('weather', { interval: hourOf(35) })).toMatchObject({ status: 'SUCCEEDED' });
  const after = await currentWeather();
  expect(after).toEqual(await asOf(after));
  expect(after.filter(({ observed_at }) => observed_at! < startedAt)).toEqual([]);
});

test('an API that answers 200 with an error, a page, half a document or other fields: nothing is published, and later all of it', async () => {
  const before = await cityHours();
  const bodies = [
    '{"cod":429,"message":"Your account is temporarily blocked"}',
    '<!doctype html><title>Maintenance</title>',
    '{"lat":47.6,"data":[{"dt":17698',
    '{"lat":47.6,"data":[{"time":1769850000,"temperature":3.5}]}',
  ];
  let requests = 0;
  front.answer = (_request, response) => void response.end(bodies[requests++ % bodies.length]);

  expect(await cloud.start('weather', { interval: hourOf(40) })).toMatchObject({ status: 'FAILED' });
  expect(requests).toBeGreaterThan(bodies.length);
  expect(await cityHours()).toEqual(before);

  front.answer = handOn;
  expect(await cloud.start('weather', { interval: hourOf(40) })).toMatchObject({ status: 'SUCCEEDED' });
  expect(await cityHours()).toEqual(byHourAndCity([...before, ...(await expected(hourOf(40).start))]));
});

test('what it is made of fits the specification of OpenLineage', async () => {
  const events = await lineageOfAll('weather', cloud);

  const table = events.find(({ job }) => job.name === 'weather.postgres:weather.city_hours');
  expect(table.inputs).toMatchObject([{ namespace: OPENWEATHER_ORIGIN, name: 'data/3.0/onecall/timemachine' }]);
  expect(table.outputs).toMatchObject([{ name: 'stepwell.weather.city_hours' }]);
});
