import {
  apiKey,
  append,
  between,
  bigint,
  cron,
  definePipeline,
  double,
  hours,
  httpApi,
  integer,
  key,
  lake,
  merge,
  notNull,
  perSecond,
  postgres,
  quarantine,
  rowCount,
  sql,
  text,
  unique,
} from '../../lib/pipeline';
import { cities } from './cities';

/** Data: OpenWeather, https://openweathermap.org/current and https://openweathermap.org/api/one-call-3 */
const openWeather = {
  auth: apiKey('openweather', { query: 'appid' }),
  // OpenWeather counts by the minute: 60 in the free plan, 600 in the next, 3,000 and more in others
  rateLimit: perSecond(20),
  concurrency: 2,
  partitions: cities,
  // a city that cannot be had does not keep the others back
  tolerate: 0.1,
  onDrift: 'ignore',
  onBadRow: quarantine({ maxRate: 0.05 }),
} as const;

const city = {
  city_id: key.text(16).from('partition.id'),
  city: text(64).notNull().from('partition.city'),
  country: text(2).notNull().from('partition.country'),
  region: text(32).notNull().from('partition.region'),
};

export default definePipeline({
  name: 'weather',
  description: 'Hourly weather of 59 cities, by city and by region, in Aurora and in the lake',
  trigger: cron('5 * * * *'),
  sources: {
    // Asked for a moment, not for now: a retry, a rerun and a backfill get the same answer, of the last hour and of one ten years ago.
    observations: httpApi({
      ...openWeather,
      url: 'https://api.openweathermap.org/data/3.0/onecall/timemachine',
      query: { lat: '{partition.lat}', lon: '{partition.lon}', dt: '{interval.start:unix}', units: 'metric' },
      columns: {
        ...city,
        observed_at: bigint().notNull().from('data[0].dt'),
        temperature: double().from('data[0].temp'),
        humidity: integer().from('data[0].humidity'),
        pressure: integer().from('data[0].pressure'),
        wind_speed: double().from('data[0].wind_speed'),
        rain_mm: double().from('data[0].rain.1h'),
        condition: text(64).from('data[0].weather[0].main'),
      },
    }),
    // What it is now, whichever hour the run is of: the table has the latest answer for each city, and no history.
    current: httpApi({
      ...openWeather,
      url: 'https://api.openweathermap.org/data/2.5/weather',
      query: { lat: '{partition.lat}', lon: '{partition.lon}', units: 'metric' },
      columns: {
        ...city,
        observed_at: bigint().notNull().from('dt'),
        temperature: double().from('main.temp'),
        humidity: integer().from('main.humidity'),
        pressure: integer().from('main.pressure'),
        wind_speed: double().from('wind.speed'),
        rain_mm: double().from('rain.1h'),
        condition: text(64).from('weather[0].main'),
      },
    }),
  },
  models: {
    city_weather: sql('city_weather.sql'),
    current_weather: sql('current_weather.sql'),
    region_weather: sql('region_weather.sql'),
  },
  sinks: [
    postgres({ model: 'city_weather', table: 'weather.city_hours', write: merge(['city_id', 'hour']) }),
    postgres({
      model: 'current_weather',
      table: 'weather.current_weather',
      write: merge(['city_id'], { newestBy: 'observed_at' }),
    }),
    postgres({ model: 'region_weather', table: 'weather.region_hours', write: merge(['region', 'hour']) }),
    lake({ model: 'city_weather', table: 'city_weather', write: append(), partitionBy: ['observed_on'] }),
  ],
  checks: [
    rowCount('city_weather', { min: 1 }),
    unique('city_weather', ['city_id', 'hour']),
    notNull('city_weather', 'temperature', { severity: 'warn' }),
    unique('current_weather', ['city_id']),
    between('city_weather', 'temperature', { min: -90, max: 60 }),
  ],
  timeout: hours(1),
  alerts: { email: ['data@example.com'] },
});
