/** Minutes to periods, buckets to the number that a statistic names. Pure. */
import { AwsError } from '../../service';
import { type Bucket, type Metric, merge } from './series';
import { trimmedStatistic } from './trimmed';

/** Value by the start of its period, in milliseconds, ascending. */
export type Series = ReadonlyMap<number, number>;

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** `origin` shifts the borders of the periods, which otherwise are whole multiples of the period. */
export function periodsOf(
  metric: Metric | undefined,
  periodMs: number,
  { start, end }: Range,
  origin = 0,
): ReadonlyMap<number, Bucket> {
  const periods = new Map<number, Bucket>();
  const minutes = [...(metric?.buckets ?? [])]
    .filter(([minute]) => minute >= start && minute < end)
    .sort(([a], [b]) => a - b);
  for (const [minute, bucket] of minutes) {
    const period = Math.floor((minute - origin) / periodMs) * periodMs + origin;
    const sample = { ...bucket, at: minute, values: [...bucket.values] };
    periods.set(period, merge(periods.get(period), sample));
  }
  return periods;
}

export function seriesOf(
  metric: Metric | undefined,
  statistic: string,
  periodMs: number,
  range: Range,
  origin = 0,
): Series {
  const compute = statisticOf(statistic);
  return new Map([...periodsOf(metric, periodMs, range, origin)].map(([at, bucket]) => [at, compute(bucket)]));
}

const STATISTICS: Readonly<Record<string, (bucket: Bucket) => number>> = {
  Average: ({ sum, count }) => sum / count,
  Maximum: ({ max }) => max,
  Minimum: ({ min }) => min,
  SampleCount: ({ count }) => count,
  Sum: ({ sum }) => sum,
};

/** `Sum` and its like, or a percentile such as `p99.9`. */
export function statisticOf(name: string): (bucket: Bucket) => number {
  const known = Object.hasOwn(STATISTICS, name) ? STATISTICS[name] : undefined;
  if (known) return known;
  const trimmed = trimmedStatistic(name);
  if (trimmed) return trimmed;
  const percent = Number(/^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)?.[1]);
  if (Number.isNaN(percent)) {
    throw new AwsError('InvalidParameterValueException', `The value ${name} for parameter Stat is not supported.`);
  }
  return (bucket) => percentile(bucket, percent);
}

/** The smallest value that at least so many percent of the values do not exceed. */
function percentile({ values, max }: Bucket, percent: number): number {
  const sorted = [...values].sort(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [value, count] of sorted) {
    seen += count;
    if (seen >= (total * percent) / 100) return value;
  }
  return max;
}
