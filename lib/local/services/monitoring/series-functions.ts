/** What functions of metric math make of one series: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html. Pure. */
import type { Series } from './statistics';

/** A series of a list, with what its graph would be called. */
export interface Named {
  readonly label: string;
  readonly series: Series;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const average = (values: readonly number[]) => sum(values) / values.length;

/** Of one list of series: a series. Of one series: a number. */
export const REDUCERS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  AVG: average,
  DATAPOINT_COUNT: (values) => values.length,
  MAX: (values) => Math.max(...values),
  MIN: (values) => Math.min(...values),
  STDDEV: (values) => Math.sqrt(average(values.map((value) => (value - average(values)) ** 2))),
  SUM: sum,
};

/** Of a value. */
export const MAPPERS: Readonly<Record<string, (value: number) => number>> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
  LOG: Math.log,
  LOG10: Math.log10,
};

type Step = (value: number, previous: number, seconds: number) => number;

/** From each value to the next. */
export const STEPS: Readonly<Record<string, Step>> = {
  DIFF: (value, previous) => value - previous,
  DIFF_TIME: (_, __, seconds) => seconds,
  RATE: (value, previous, seconds) => (value - previous) / seconds,
};

/** Of a value's time. */
export const CLOCKS: Readonly<Record<string, (at: Date) => number>> = {
  DATE: (at) => at.getUTCDate(),
  DAY: (at) => at.getUTCDay() || 7,
  EPOCH: (at) => at.getTime() / 1_000,
  HOUR: (at) => at.getUTCHours(),
  MINUTE: (at) => at.getUTCMinutes(),
  MONTH: (at) => at.getUTCMonth() + 1,
  YEAR: (at) => at.getUTCFullYear(),
};

const ascending = (series: Series) => [...series].sort(([a], [b]) => a - b);

export function stepped(series: Series, step: Step): Series {
  const points = ascending(series);
  return new Map(
    points.slice(1).map(([at, value], index) => {
      const [before, previous] = points[index] as [number, number];
      return [at, step(value, previous, (at - before) / 1_000)];
    }),
  );
}

export function runningSum(series: Series): Series {
  let total = 0;
  return new Map(
    ascending(series).map(([at, value]) => {
      total += value;
      return [at, total];
    }),
  );
}

/** What is missing between two values lies on the line between them. */
export function filledLinearly(series: Series, times: readonly number[]): Series {
  const points = ascending(series);
  const filled = new Map(series);
  for (const at of times) {
    if (filled.has(at)) continue;
    const next = points.findIndex(([time]) => time > at);
    if (next <= 0) continue;
    const [[t0, v0], [t1, v1]] = [points[next - 1] as [number, number], points[next] as [number, number]];
    filled.set(at, v0 + ((v1 - v0) * (at - t0)) / (t1 - t0));
  }
  return filled;
}

/** Highest or lowest first, by a statistic of each; those without data come last. */
export function sorted(list: readonly Named[], by: string, order: string): readonly Named[] | undefined {
  const reducer = ['AVG', 'MIN', 'MAX', 'SUM'].includes(by) ? REDUCERS[by] : undefined;
  if (!reducer || (order !== 'ASC' && order !== 'DESC')) return undefined;
  const sign = order === 'ASC' ? 1 : -1;
  const weighed = list.map((one) => ({
    one,
    weight: one.series.size > 0 ? reducer([...one.series.values()]) : undefined,
  }));
  return weighed
    .sort((a, b) =>
      a.weight === undefined || b.weight === undefined
        ? Number(a.weight === undefined) - Number(b.weight === undefined)
        : sign * (a.weight - b.weight),
    )
    .map(({ one }) => one);
}
