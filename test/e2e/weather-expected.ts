/** What the weather's tables must hold: asked of the sample server itself, and made into rows in TypeScript. */
import type { RowSource } from '../../lib/pipeline';
import { cities } from '../../state-machines/weather/cities';
import weather from '../../state-machines/weather/pipeline';
import type { Row } from './pipelines-cloud';

export type City = (typeof cities)[number];

/** The pipeline with each n-th city alone, from every region: all of them is what `npm start` runs. */
export function withFewerCities(nth: number): { readonly cities: readonly City[]; readonly pipeline: typeof weather } {
  const fewer = (source: RowSource): RowSource => ({
    ...source,
    partitions: source.partitions!.filter((_, index) => index % nth === 0),
  });
  const { observations, current } = weather.sources as Record<string, RowSource>;
  return {
    cities: cities.filter((_, index) => index % nth === 0),
    pipeline: { ...weather, sources: { observations: fewer(observations!), current: fewer(current!) } },
  };
}

interface Answer {
  readonly data: readonly {
    readonly temp: number;
    readonly humidity: number;
    readonly pressure: number;
    readonly wind_speed: number;
    readonly rain?: Readonly<Record<string, number>>;
    readonly weather: readonly { readonly main: string }[];
  }[];
}

/** What the archive has of a city and moment. The server's current weather is the same, of its moment. */
export async function observed(
  server: { readonly url: string; readonly key: string },
  { id, city, country, region, lat, lon }: City,
  at: string,
): Promise<Row> {
  const dt = Date.parse(at) / 1000;
  const url = `${server.url}/data/3.0/onecall/timemachine?lat=${lat}&lon=${lon}&dt=${dt}&units=metric&appid=${server.key}`;
  const { data } = (await (await fetch(url)).json()) as Answer;
  const { temp, humidity, pressure, wind_speed, rain, weather: conditions } = data[0]!;
  return {
    city_id: id,
    city: String(city),
    country: String(country),
    region: String(region),
    observed_at: sqlTime(at),
    temperature: temp.toFixed(2),
    humidity: String(humidity),
    pressure: String(pressure),
    wind_speed: wind_speed.toFixed(2),
    rain_mm: (rain?.['1h'] ?? 0).toFixed(2),
    condition: conditions[0]!.main,
  };
}

export const sqlTime = (iso: string): string => new Date(iso).toISOString().slice(0, 19).replace('T', ' ');
