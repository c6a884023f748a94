/** NOAA's daily observations of Seattle and New York, 2012 to 2015, as the package vega-datasets has them. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { SampleCity } from './cities';

export interface Observation {
  /** the day that was observed, years ago */
  readonly date: string;
  /** mm */
  readonly precipitation: number;
  /** °C */
  readonly max: number;
  readonly min: number;
  /** m/s */
  readonly wind: number;
  readonly weather: 'sun' | 'fog' | 'drizzle' | 'rain' | 'snow';
}

const DAY_MS = 86_400_000;
const FIRST_YEAR = 2012;
const YEARS = 4;

let observed: ReadonlyMap<string, Observation> | undefined;

/**
 * What the city's day was like: that of its station, so many years earlier that leap days meet leap days, shifted where the city
 * is a copy. `date`: YYYY-MM-DD.
 */
export function observationOf({ station, copyOf }: SampleCity, date: string): Observation {
  const shifted = new Date(Date.parse(`${date}T00:00:00Z`) - (copyOf?.days ?? 0) * DAY_MS).toISOString();
  const year = FIRST_YEAR + (Number(shifted.slice(0, 4)) % YEARS);
  observed ??= read();
  const day = shifted.slice(4, 10);
  // Of four years, only 1900, 2100 and the like have a leap day that the calendar does not.
  const found = observed.get(`${station} ${year}${day}`) ?? observed.get(`${station} ${year}-02-28`)!;
  const degrees = copyOf?.degrees ?? 0;
  return { ...found, max: found.max + degrees, min: found.min + degrees };
}

function read(): ReadonlyMap<string, Observation> {
  // The package exports its program only; its files lie beside.
  const file = join(dirname(require.resolve('vega-datasets')), '..', 'data', 'weather.csv');
  const lines: Record<string, string>[] = parse(readFileSync(file), { columns: true });
  return new Map(
    lines.map((line) => [
      `${line.location} ${line.date}`,
      {
        date: line.date!,
        precipitation: Number(line.precipitation),
        max: Number(line.temp_max),
        min: Number(line.temp_min),
        wind: Number(line.wind),
        weather: line.weather as Observation['weather'],
      },
    ]),
  );
}
