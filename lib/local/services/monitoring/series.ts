/** Metric values, aggregated by minute, bounded in time and in size. */
import { type Journal, openJournal } from '../../store';

export const MINUTE_MS = 60_000;
/** As long as CloudWatch keeps minutes. */
const RETENTION_MS = 15 * 86_400_000;
/** Percentiles need the values themselves; beyond this many different ones in a minute, a value counts as its nearest. */
const MAX_DISTINCT_VALUES = 128;
const COMPACTION_SLACK_RECORDS = 20_000;

export interface Bucket {
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** how often each value came */
  readonly values: ReadonlyMap<number, number>;
}

export interface MetricId {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Sample {
  readonly at: number;
  readonly unit?: string;
  readonly sum: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly values: readonly (readonly [value: number, count: number])[];
}

export interface Metric extends MetricId {
  readonly unit?: string;
  readonly lastAt: number;
  readonly buckets: ReadonlyMap<number, Bucket>;
}

export interface MetricStore {
  add(id: MetricId, sample: Sample): Promise<void>;
  get(id: MetricId): Metric | undefined;
  all(): readonly Metric[];
  close(): Promise<void>;
}

interface MutableMetric extends MetricId {
  unit?: string;
  lastAt: number;
  readonly buckets: Map<number, Bucket>;
}

interface Entry {
  readonly id: readonly [namespace: string, name: string, dimensions: Readonly<Record<string, string>>];
  readonly s: Sample;
}

export async function openMetricStore(file: string, now: () => number): Promise<MetricStore> {
  const metrics = new Map<string, MutableMetric>();
  let records = 0;
  const apply = ({ id: [namespace, name, dimensions], s }: Entry) => {
    records++;
    const key = keyOf({ namespace, name, dimensions });
    let metric = metrics.get(key);
    if (!metric) {
      metric = { namespace, name, dimensions, lastAt: 0, buckets: new Map() };
      metrics.set(key, metric);
    }
    if (s.unit) metric.unit = s.unit;
    metric.lastAt = Math.max(metric.lastAt, s.at);
    const minute = Math.floor(s.at / MINUTE_MS) * MINUTE_MS;
    metric.buckets.set(minute, merge(metric.buckets.get(minute), s));
  };
  // A metric that a power cut takes is no loss worth an fsync for each put.
  const journal: Journal<Entry> = await openJournal<Entry>(file, { onRecord: apply, sync: false });

  const compact = () => {
    const oldest = now() - RETENTION_MS;
    for (const [key, metric] of metrics) {
      for (const minute of metric.buckets.keys()) if (minute < oldest) metric.buckets.delete(minute);
      if (metric.buckets.size === 0) metrics.delete(key);
    }
    records = [...metrics.values()].reduce((sum, { buckets }) => sum + buckets.size, 0);
    return journal.rewrite(() => snapshot(metrics.values()));
  };
  let compactAt = Math.max(COMPACTION_SLACK_RECORDS, 2 * records);
  if (records > 0) await compact();

  return {
    async add({ namespace, name, dimensions }, sample) {
      const entry: Entry = { id: [namespace, name, dimensions], s: sample };
      apply(entry);
      const written = journal.append(entry);
      if (records > compactAt) {
        compact().catch(() => undefined); // the append itself tells whether the disk works
        compactAt = 2 * records + COMPACTION_SLACK_RECORDS;
      }
      await written;
    },
    get: (id) => metrics.get(keyOf(id)),
    all: () => [...metrics.values()],
    close: () => journal.close(),
  };
}

const keyOf = ({ namespace, name, dimensions }: MetricId) =>
  JSON.stringify([namespace, name, Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1))]);

export function merge(bucket: Bucket | undefined, sample: Sample): Bucket {
  const values = new Map(bucket?.values);
  for (const [value, count] of sample.values) {
    const known = values.has(value) || values.size < MAX_DISTINCT_VALUES ? value : nearest([...values.keys()], value);
    values.set(known, (values.get(known) ?? 0) + count);
  }
  return {
    sum: (bucket?.sum ?? 0) + sample.sum,
    count: (bucket?.count ?? 0) + sample.count,
    min: Math.min(bucket?.min ?? Number.POSITIVE_INFINITY, sample.min),
    max: Math.max(bucket?.max ?? Number.NEGATIVE_INFINITY, sample.max),
    values,
  };
}

const nearest = (values: readonly number[], value: number) =>
  values.reduce((best, other) => (Math.abs(other - value) < Math.abs(best - value) ? other : best));

function* snapshot(metrics: Iterable<MutableMetric>): Generator<Entry> {
  for (const { namespace, name, dimensions, unit, buckets } of metrics) {
    for (const [at, { values, ...bucket }] of buckets) {
      yield { id: [namespace, name, dimensions], s: { at, ...(unit ? { unit } : {}), ...bucket, values: [...values] } };
    }
  }
}
