/**
 * When a schedule fires, and which data interval each run covers. The rules are EventBridge Scheduler's: a wall-clock time that
 * daylight saving skips does not fire, one that it repeats fires once. Intervals join without a gap whatever the clock does.
 */
import { Cron } from 'croner';
import type { Interval, Schedule } from './schedule';

/** The last time the schedule fired at or before `time`. */
export function lastFire(of: Schedule, time: Date): Date | undefined {
  const plan = planOf(of);
  // croner looks strictly before; fires are on whole minutes
  let fire = plan.previousRuns(1, new Date(time.getTime() + 1000))[0];
  while (fire && !plan.match(fire)) fire = plan.previousRuns(1, fire)[0];
  return fire;
}

/** The first time the schedule fires after `time`. */
export function nextFire(of: Schedule, time: Date): Date | undefined {
  return nextOf(planOf(of), time);
}

function nextOf(plan: Cron, time: Date): Date | undefined {
  let fire = plan.nextRun(time) ?? undefined;
  while (fire && !plan.match(fire)) fire = plan.nextRun(fire) ?? undefined;
  return fire;
}

/**
 * The interval of the run that the schedule starts at `time`: from the fire before to that one.
 *
 * @example intervalAt({ cron: '0 1 * * *', timezone: 'UTC' }, new Date('2026-03-02T01:00:20Z'))
 * // { start: '2026-03-01T01:00:00.000Z', end: '2026-03-02T01:00:00.000Z' }
 */
export function intervalAt(of: Schedule, time: Date): Interval | undefined {
  const end = lastFire(of, time);
  const start = end && lastFire(of, new Date(end.getTime() - 1000));
  return start && { start: start.toISOString(), end: end.toISOString() };
}

/** The interval of the schedule that is `count` before this one; undefined where the schedule has not fired so often. */
export function intervalBefore(of: Schedule, interval: Interval, count: number): Interval | undefined {
  let { start, end } = interval;
  for (let n = 0; n < count; n++) {
    const earlier = lastFire(of, new Date(Date.parse(start) - 1000));
    if (!earlier) return undefined;
    [start, end] = [earlier.toISOString(), start];
  }
  return { start, end };
}

/** The intervals of the schedule that lie in [start, end). */
export function* intervalsBetween(of: Schedule, start: Date, end: Date): Generator<Interval> {
  let from = lastFire(of, start);
  if (from === undefined || from < start) from = nextFire(of, start);
  while (from) {
    const to = nextFire(of, from);
    if (to === undefined || to > end) return;
    yield { start: from.toISOString(), end: to.toISOString() };
    from = to;
  }
}

/**
 * The intervals of the schedule that begin in [start, end): what a backfill runs. So backfills of one month after the other leave none
 * out, whatever the hour of the schedule.
 */
export function* intervalsBeginning(of: Schedule, start: Date, end: Date): Generator<Interval> {
  const plan = planOf(of);
  let from = lastFire(of, start);
  if (from === undefined || from < start) from = nextOf(plan, start);
  while (from && from < end) {
    const to = nextOf(plan, from);
    if (to === undefined) return;
    yield { start: from.toISOString(), end: to.toISOString() };
    from = to;
  }
}

function planOf({ cron, timezone }: Schedule): Cron {
  return new Cron(cron, { timezone, paused: true, mode: '5-part' });
}
