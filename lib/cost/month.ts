/** What a pipeline has cost in a month so far, added up stretch by stretch as its log grows; and what that means for its budget. */
import { type AwakeUntil, awakeOf, type Capacity, costOf, total } from './money';
import type { Prices } from './prices';
import type { Meter } from './read-log';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface MonthSoFar {
  /** `2026-11`, UTC */
  readonly month: string;
  /** ms since 1970: what was logged before is counted */
  readonly until: number;
  readonly usd: number;
  readonly services: Readonly<Record<string, number>>;
  readonly awake: AwakeUntil;
  /** of the hour in which `until` lies: a metric is billed once an hour */
  readonly metrics: number;
}

/** As the ledger has it. */
export interface BudgetedMonth extends MonthSoFar {
  /** US dollars */
  readonly monthly: number;
}

export const monthOf = (time: number): string => new Date(time).toISOString().slice(0, 7);
export const beginOfMonth = (month: string): number => Date.parse(`${month}-01T00:00:00Z`);
export function endOfMonth(month: string): number {
  const begin = new Date(beginOfMonth(month));
  return Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1, 1);
}

export const beginning = (month: string): MonthSoFar => ({
  month,
  until: beginOfMonth(month),
  usd: 0,
  services: {},
  awake: {},
  metrics: 0,
});

export interface Reckoning {
  readonly prices: Prices;
  readonly capacity: Capacity;
  /** by the label of a function: state transitions that go with each of its invocations */
  readonly transitions: Readonly<Record<string, number>>;
}

/** With what was logged between `before.until` and `until`. */
export function addTo(
  before: MonthSoFar,
  meter: Meter,
  until: number,
  { prices, capacity, transitions }: Reckoning,
): MonthSoFar {
  const usage = meter.all();
  const counts = {
    transitions: [...meter.invocationsByLabel()].reduce((sum, [label, n]) => sum + n * (transitions[label] ?? 0), 0),
    logBytes: meter.bytes,
    metricHours: meter.hoursOfMetrics - alreadyCounted(before, meter),
  };
  const lines = costOf(usage, counts, prices, capacity, before.awake);
  const services: Record<string, number> = { ...before.services };
  for (const { service, usd } of lines) services[service] = (services[service] ?? 0) + usd;
  const awake = awakeOf(usage, capacity, before.awake);
  const hour = Math.floor(until / HOUR_MS);
  const sameHour = Math.floor(before.until / HOUR_MS) === hour;
  return {
    month: before.month,
    until,
    usd: before.usd + total(lines),
    services,
    awake: { redshift: awake.redshift.until, aurora: awake.aurora.until },
    metrics: Math.max(meter.metricsIn(hour), sameHour ? before.metrics : 0),
  };
}

const alreadyCounted = ({ until, metrics }: MonthSoFar, meter: Meter): number =>
  Math.min(metrics, meter.metricsIn(Math.floor(until / HOUR_MS)));

export interface Verdict {
  /** `over`: the budget is spent; `near`: four fifths are; `forecast`: going on as before spends it */
  readonly kind: 'over' | 'near' | 'forecast';
  /** what the whole month comes to, going on as before */
  readonly forecast?: number;
}

const NEAR = 0.8;
/** What fewer days have cost says little. */
const LEAST_DAYS = 3;

/** What there is to say of a budget; undefined: nothing. */
export function judge({ month, until, usd }: MonthSoFar, budget: number): Verdict | undefined {
  const begin = beginOfMonth(month);
  const gone = until - begin;
  const forecast = gone >= LEAST_DAYS * DAY_MS ? { forecast: (usd * (endOfMonth(month) - begin)) / gone } : {};
  if (usd >= budget) return { kind: 'over', ...forecast };
  if (usd >= NEAR * budget) return { kind: 'near', ...forecast };
  return (forecast.forecast ?? 0) > budget ? { kind: 'forecast', ...forecast } : undefined;
}
