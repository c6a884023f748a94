/**
 * Answers as OpenWeather documents it, from real daily observations: current weather (`/data/2.5/weather`), and One Call 3.0's
 * `timemachine` and `day_summary`. Says in the header `x-sample-data` what the data is. Errors and limits are the documented ones.
 */
import { type Reply, RequestLimit, type SampleServer, startSampleServer } from '../server';
import { SAMPLE_CITIES, type SampleCity } from './cities';
import { type Observation, observationOf } from './observations';

/** Of the service that it stands in for. */
export const OPENWEATHER_ORIGIN = 'https://api.openweathermap.org';

export interface WeatherServerOptions {
  /** the only `appid` that is let in */
  readonly apiKey: string;
  readonly port?: number;
  /** as OpenWeather's free plan: 60 */
  readonly requestsPerMinute?: number;
  readonly now?: () => number;
}

const INVALID_KEY = 'Invalid API key. Please see https://openweathermap.org/faq#error401 for more info.';
const BLOCKED =
  'Your account is temporary blocked due to exceeding of requests limitation of your subscription type. Please choose the proper subscription https://openweathermap.org/price';
const NEAR_DEGREES = 0.5;
const FIRST_ARCHIVED = Date.UTC(1979, 0, 1) / 1000;
const DAY_SECONDS = 86_400;
const HOUR_SECONDS = 3600;

export function startWeatherServer(options: WeatherServerOptions): Promise<SampleServer> {
  const { apiKey, now = Date.now, requestsPerMinute = 60 } = options;
  const limit = new RequestLimit(requestsPerMinute, 60_000, now);
  return startSampleServer(({ url }) => {
    const query = url.searchParams;
    if (url.pathname === '/') return { body: describeSample() };
    if (query.get('appid') !== apiKey) return error(401, INVALID_KEY);
    const wait = limit.take();
    if (wait !== undefined) return { ...error(429, BLOCKED), headers: { 'retry-after': String(wait) } };
    switch (url.pathname) {
      case '/data/2.5/weather':
        return current(query, now());
      case '/data/3.0/onecall/timemachine':
        return timemachine(query, now());
      case '/data/3.0/onecall/day_summary':
        return daySummary(query);
      default:
        return error(404, 'Internal error');
    }
  }, options.port);
}

function describeSample() {
  return {
    sample:
      'Sample data: NOAA observed Seattle and New York from 2012 to 2015; every other city is a shifted copy of one of them.',
    cities: SAMPLE_CITIES.map(({ id, name, country, lat, lon, ...city }) => ({
      id,
      name,
      country,
      lat,
      lon,
      sample: label(city),
    })),
  };
}

const label = ({ station, copyOf }: Pick<SampleCity, 'station' | 'copyOf'>): string =>
  copyOf
    ? `copy of NOAA's ${station} 2012-2015, ${copyOf.days} days later, ${copyOf.degrees} degrees warmer`
    : `NOAA's ${station} 2012-2015`;

const error = (status: number, message: string, parameters?: string[]): Reply => ({
  status,
  body: { cod: status, message, ...(parameters ? { parameters } : {}) },
});

function current(query: URLSearchParams, now: number): Reply {
  const city = cityBy(query);
  if (city === undefined) return { status: 404, body: { cod: '404', message: 'city not found' } };
  if ('body' in city) return city;
  const seconds = Math.floor(now / 1000);
  const { observation, temperature, day } = at(city, seconds);
  const units = unitsOf(query);
  return {
    headers: { 'x-sample-data': label(city) },
    body: {
      coord: { lon: city.lon, lat: city.lat },
      weather: [conditionOf(observation, isDay(city, seconds))],
      base: 'stations',
      main: {
        temp: units.temperature(temperature),
        feels_like: units.temperature(temperature - observation.wind / 4),
        temp_min: units.temperature(observation.min),
        temp_max: units.temperature(observation.max),
        pressure: pressureOf(observation),
        humidity: humidityOf(observation),
      },
      ...(observation.weather === 'fog' ? { visibility: 900 } : { visibility: 10_000 }),
      wind: windOf(observation, units),
      ...fallOf(observation),
      clouds: { all: cloudsOf(observation) },
      dt: seconds,
      sys: { country: city.country, sunrise: day + 6 * HOUR_SECONDS, sunset: day + 18 * HOUR_SECONDS },
      timezone: city.utcOffsetHours * HOUR_SECONDS,
      id: city.id,
      name: city.name,
      cod: 200,
    },
  };
}

function timemachine(query: URLSearchParams, now: number): Reply {
  const city = cityAt(query);
  if ('body' in city) return city;
  const seconds = Number(query.get('dt'));
  if (!/^\d+$/.test(query.get('dt') ?? '')) return error(400, 'wrong dt', ['dt']);
  if (seconds < FIRST_ARCHIVED || seconds > now / 1000 + 4 * DAY_SECONDS) {
    return error(400, 'requested time is out of allowed range', ['dt']);
  }
  const { observation, temperature, day } = at(city, seconds);
  const units = unitsOf(query);
  const { speed, deg, gust } = windOf(observation, units);
  return {
    headers: { 'x-sample-data': label(city) },
    body: {
      lat: city.lat,
      lon: city.lon,
      timezone: `Etc/GMT${city.utcOffsetHours > 0 ? '-' : '+'}${Math.abs(Math.trunc(city.utcOffsetHours))}`,
      timezone_offset: city.utcOffsetHours * HOUR_SECONDS,
      data: [
        {
          dt: seconds,
          sunrise: day + 6 * HOUR_SECONDS,
          sunset: day + 18 * HOUR_SECONDS,
          temp: units.temperature(temperature),
          feels_like: units.temperature(temperature - observation.wind / 4),
          pressure: pressureOf(observation),
          humidity: humidityOf(observation),
          dew_point: units.temperature(temperature - (100 - humidityOf(observation)) / 5),
          clouds: cloudsOf(observation),
          visibility: observation.weather === 'fog' ? 900 : 10_000,
          wind_speed: speed,
          wind_deg: deg,
          ...(gust === undefined ? {} : { wind_gust: gust }),
          weather: [conditionOf(observation, isDay(city, seconds))],
          ...fallOf(observation),
        },
      ],
    },
  };
}

function daySummary(query: URLSearchParams): Reply {
  const city = cityAt(query);
  if ('body' in city) return city;
  const date = query.get('date') ?? '';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date)))
    return error(400, 'Invalid date format', ['date']);
  const observation = observationOf(city, date);
  const units = unitsOf(query);
  const temperature = (hour: number) => units.temperature(temperatureAt(observation, hour));
  const { speed, deg } = windOf(observation, units);
  const sign = city.utcOffsetHours < 0 ? '-' : '+';
  const hours = Math.abs(city.utcOffsetHours);
  return {
    headers: { 'x-sample-data': label(city) },
    body: {
      lat: city.lat,
      lon: city.lon,
      tz: `${sign}${String(Math.trunc(hours)).padStart(2, '0')}:${hours % 1 ? '30' : '00'}`,
      date,
      units: query.get('units') ?? 'standard',
      cloud_cover: { afternoon: cloudsOf(observation) },
      humidity: { afternoon: humidityOf(observation) },
      precipitation: { total: observation.precipitation },
      temperature: {
        min: units.temperature(observation.min),
        max: units.temperature(observation.max),
        afternoon: temperature(12),
        night: temperature(0),
        evening: temperature(18),
        morning: temperature(6),
      },
      pressure: { afternoon: pressureOf(observation) },
      wind: { max: { speed, direction: deg } },
    },
  };
}

/** By id, by name (`q=Paris` or `q=Paris,FR`), or by coordinates. */
function cityBy(query: URLSearchParams): SampleCity | Reply | undefined {
  const id = query.get('id');
  if (id !== null) return SAMPLE_CITIES.find((city) => String(city.id) === id);
  const name = query.get('q');
  if (name === null) {
    const city = cityAt(query);
    return 'body' in city && city.status === 404 ? undefined : city;
  }
  const [wanted, country] = name.toLowerCase().split(',');
  return SAMPLE_CITIES.find(
    (city) =>
      city.name.toLowerCase() === wanted?.trim() &&
      (country === undefined || city.country.toLowerCase() === country.trim()),
  );
}

function cityAt(query: URLSearchParams): SampleCity | Reply {
  const [lat, lon] = [query.get('lat'), query.get('lon')].map((text) => (text ? Number(text) : Number.NaN)) as [
    number,
    number,
  ];
  if (Number.isNaN(lat) && Number.isNaN(lon)) return error(400, 'Nothing to geocode');
  if (!(Math.abs(lat) <= 90)) return error(400, 'wrong latitude', ['lat']);
  if (!(Math.abs(lon) <= 180)) return error(400, 'wrong longitude', ['lon']);
  const near = SAMPLE_CITIES.find(
    (city) => Math.abs(city.lat - lat) < NEAR_DEGREES && Math.abs(city.lon - lon) < NEAR_DEGREES,
  );
  return near ?? error(404, 'The sample data has no city there: GET / lists its cities');
}

function at(city: SampleCity, seconds: number) {
  const local = seconds + city.utcOffsetHours * HOUR_SECONDS;
  const observation = observationOf(city, new Date(local * 1000).toISOString().slice(0, 10));
  const sinceMidnight = ((local % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
  return {
    observation,
    temperature: temperatureAt(observation, sinceMidnight / HOUR_SECONDS),
    /** the local midnight, in UTC */
    day: seconds - sinceMidnight,
  };
}

/** A day's course between what was observed: coldest at three, warmest at fifteen. */
const temperatureAt = ({ min, max }: Observation, hour: number): number =>
  (min + max) / 2 - ((max - min) / 2) * Math.cos(((hour - 3) / 24) * 2 * Math.PI);

function isDay(city: SampleCity, seconds: number): boolean {
  const hour = (((seconds / HOUR_SECONDS + city.utcOffsetHours) % 24) + 24) % 24;
  return hour >= 6 && hour < 18;
}

const CONDITIONS: Readonly<Record<Observation['weather'], readonly [number, string, string, string]>> = {
  sun: [800, 'Clear', 'clear sky', '01'],
  fog: [741, 'Fog', 'fog', '50'],
  drizzle: [301, 'Drizzle', 'drizzle', '09'],
  rain: [501, 'Rain', 'moderate rain', '10'],
  snow: [601, 'Snow', 'snow', '13'],
};

function conditionOf({ weather }: Observation, day: boolean) {
  const [id, main, description, icon] = CONDITIONS[weather];
  return { id, main, description, icon: `${icon}${day ? 'd' : 'n'}` };
}

/** NOAA's file has neither; what goes with the observed weather. */
const pressureOf = ({ weather, precipitation }: Observation): number =>
  Math.round((weather === 'sun' ? 1021 : 1012) - Math.min(precipitation, 20) / 2);
const humidityOf = ({ weather, precipitation }: Observation): number =>
  Math.min(100, Math.round((weather === 'sun' ? 55 : 80) + Math.min(precipitation, 20)));
const cloudsOf = ({ weather }: Observation): number => ({ sun: 5, fog: 100, drizzle: 75, rain: 90, snow: 95 })[weather];

function windOf({ wind, date }: Observation, units: Units) {
  const deg = (Number(date.slice(8)) * 37) % 360;
  return { speed: units.speed(wind), deg, ...(wind > 6 ? { gust: units.speed(wind * 1.5) } : {}) } as {
    speed: number;
    deg: number;
    gust?: number;
  };
}

/** Only where something falls: OpenWeather leaves the member out otherwise. */
function fallOf({ weather, precipitation }: Observation) {
  if (precipitation === 0) return {};
  return { [weather === 'snow' ? 'snow' : 'rain']: { '1h': round(precipitation / 24) } };
}

interface Units {
  temperature(celsius: number): number;
  speed(metersPerSecond: number): number;
}

const round = (value: number): number => Math.round(value * 100) / 100;

function unitsOf(query: URLSearchParams): Units {
  switch (query.get('units')) {
    case 'metric':
      return { temperature: round, speed: round };
    case 'imperial':
      return { temperature: (celsius) => round(celsius * 1.8 + 32), speed: (speed) => round(speed * 2.236936) };
    default:
      return { temperature: (celsius) => round(celsius + 273.15), speed: round };
  }
}
