/** Statistics over a part of the values: `tm90`, `TM(10%:90%)`, `wm`, `tc`, `ts`, `PR(:300)`, `IQM`. Pure. */
import type { Bucket } from './series';

type Weighted = readonly (readonly [value: number, count: number])[];

/** Undefined for another statistic. */
export function trimmedStatistic(name: string): ((bucket: Bucket) => number) | undefined {
  if (/^iqm$/i.test(name)) return (bucket) => mean(within(bucket, percentBounds(bucket, 25, 75)));
  const short = /^(tm|wm|tc|ts)(\d{1,2}(?:\.\d{1,10})?)$/.exec(name);
  if (short) return compute(short[1] as Kind, (bucket) => percentBounds(bucket, 0, Number(short[2])));
  const long = /^(TM|WM|TC|TS|PR)\((-?\d*(?:\.\d+)?)(%?):(-?\d*(?:\.\d+)?)(%?)\)$/.exec(name);
  if (!long) return undefined;
  const [, kind = '', low = '', lowPercent, high = '', highPercent] = long;
  if (low === '' && high === '') return undefined;
  const isPercent = lowPercent === '%' || highPercent === '%';
  return compute(kind.toLowerCase() as Kind, (bucket) =>
    isPercent
      ? percentBounds(bucket, Number(low || 0), Number(high || 100))
      : [low === '' ? Number.NEGATIVE_INFINITY : Number(low), high === '' ? Number.POSITIVE_INFINITY : Number(high)],
  );
}

type Kind = 'tm' | 'wm' | 'tc' | 'ts' | 'pr';
type Bounds = readonly [low: number, high: number];

function compute(kind: Kind, boundsOf: (bucket: Bucket) => Bounds): (bucket: Bucket) => number {
  return (bucket) => {
    const bounds = boundsOf(bucket);
    const kept = within(bucket, bounds);
    switch (kind) {
      case 'tm':
        return mean(kept);
      case 'tc':
        return countOf(kept);
      case 'ts':
        return sumOf(kept);
      case 'pr':
        return (100 * countOf(kept)) / Math.max(1, bucket.count);
      case 'wm':
        // What lies outside counts as the border that it is beyond.
        return mean(
          [...bucket.values].map(([value, count]) => [Math.min(Math.max(value, bounds[0]), bounds[1]), count]),
        );
    }
  };
}

const within = ({ values }: Bucket, [low, high]: Bounds): Weighted =>
  [...values].filter(([value]) => value >= low && value <= high);
const countOf = (values: Weighted) => values.reduce((sum, [, count]) => sum + count, 0);
const sumOf = (values: Weighted) => values.reduce((sum, [value, count]) => sum + value * count, 0);
const mean = (values: Weighted) => sumOf(values) / Math.max(1, countOf(values));

function percentBounds({ values, min, max }: Bucket, low: number, high: number): Bounds {
  const sorted = [...values].sort(([a], [b]) => a - b);
  const total = countOf(sorted);
  const at = (percent: number, fallback: number) => {
    let seen = 0;
    for (const [value, count] of sorted) {
      seen += count;
      if (seen >= (total * percent) / 100) return value;
    }
    return fallback;
  };
  return [low <= 0 ? min : at(low, min), high >= 100 ? max : at(high, max)];
}
