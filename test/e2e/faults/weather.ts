/** Hours of the past, each by its interval. */
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../lib/constructs/cache';
import { OPENWEATHER_ORIGIN, startWeatherServer } from '../../../lib/samples/weather/server';
import { lakeRows, type Row } from '../pipelines-cloud';
import { readTable } from '../tables';
import { observed, sqlTime, withFewerCities } from '../weather-expected';
import type { Lane } from './lane';

const KEY = 'a-key';
const HOUR_MS = 3_600_000;
const OFFSET_MS = 5 * 60_000;
/** Names of the runs that the test starts begin so. */
const NAME = 'hour-';

export async function weatherLane(): Promise<Lane> {
  const { cities, pipeline } = withFewerCities(10);
  const sample = await startWeatherServer({ apiKey: KEY, requestsPerMinute: 1_000_000 });
  const server = { url: sample.url, key: KEY };
  const last = Math.floor((Date.now() - OFFSET_MS) / HOUR_MS) * HOUR_MS + OFFSET_MS;
  const iso = (ms: number) => new Date(ms).toISOString();
  const hours: string[] = [];

  return {
    pipeline,
    folder: join(PROJECT_ROOT, 'state-machines', 'weather'),
    origins: { [OPENWEATHER_ORIGIN]: server.url },
    secrets: { openweather: { apiKey: KEY } },
    async run(world, count) {
      for (let back = 1; back <= count; back++) {
        const end = last - back * HOUR_MS;
        const interval = { start: iso(end - HOUR_MS), end: iso(end) };
        hours.push(interval.start);
        await world.mended(await world.start('weather', `${NAME}${back}`, { interval }));
      }
      // Its schedule may fire meanwhile, at five past the hour.
      const started = await world.executions('weather');
      for (const arn of started.filter((one) => !one.includes(`:${NAME}`))) {
        const { input = '' } = await world.mended(arn);
        const { schedule } = JSON.parse(input) as { schedule?: { time: string } };
        if (schedule) hours.push(iso(Math.floor(Date.parse(schedule.time) / 60_000) * 60_000 - HOUR_MS));
      }
    },
    async expectTables(world) {
      const wanted: Row[] = [];
      for (const hour of hours)
        for (const city of cities)
          wanted.push({ ...(await observed(server, city, hour)), hour: sqlTime(hour), observed_on: hour.slice(0, 10) });
      expect(sorted(await readTable(world.at.databases.aurora!, 'weather.city_hours'))).toEqual(sorted(wanted));
      const lake = await lakeRows(world.client, 'weather', 'city_weather');
      const keys = (rows: readonly Row[]) => rows.map(({ hour, city_id }) => `${hour?.slice(0, 19)} ${city_id}`).sort();
      expect(keys(lake)).toEqual(keys(wanted));

      const current = await readTable(world.at.databases.aurora!, 'weather.current_weather');
      const byId = new Map(cities.map((city) => [city.id, city]));
      const now = await Promise.all(
        current.map(({ city_id, observed_at }) =>
          observed(server, byId.get(city_id!)!, `${observed_at!.replace(' ', 'T')}Z`),
        ),
      );
      expect(current).toHaveLength(cities.length);
      expect(sorted(current)).toEqual(sorted(now));
    },
    close: () => sample.close(),
  };
}

const sorted = (rows: readonly Row[]): Row[] => {
  const keyOf = ({ hour, city_id }: Row) => `${hour} ${city_id}`;
  return [...rows].sort((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
};
