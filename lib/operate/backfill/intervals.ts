/** Which intervals of a schedule a backfill is about. */
import { intervalAt, intervalsBeginning, lastFire, nextFire } from '../../tasks/fires';
import type { Interval, Schedule } from '../../tasks/schedule';
import { Refused } from '../errors';
import { count } from '../text';

export interface Span {
  /** ISO 8601 */
  readonly from: string;
  readonly to: string;
  /** that begin in it, the earliest first */
  readonly intervals: readonly Interval[];
}

/** Two years of hours. */
const MOST_INTERVALS = 20_000;

/** A day is one of the schedule's clock, a time has its offset: without one, nobody knows which clock is meant. */
const DAY = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/i;

/**
 * Intervals that begin at `from` or later and before `to`, each a day (`2026-01-01`, from its midnight in the schedule's time zone) or a
 * time at which the schedule fires.
 *
 * @throws {Refused} for what is no time, is not of the schedule, or is not over
 * @example spanOf({ cron: '0 1 * * *', timezone: 'UTC' }, '2026-01-01', '2026-02-01', new Date()).intervals.length // 31
 */
export function spanOf(of: Schedule, fromText: string, toText: string, now: Date): Span {
  const from = bound('--from', fromText, of);
  const to = bound('--to', toText, of);
  if (from >= to)
    throw new Refused(`--from ${fromText} is not before --to ${toText}: a backfill runs forward in time.`);
  const intervals: Interval[] = [];
  for (const interval of intervalsBeginning(of, from, to)) {
    if (new Date(interval.end) > now) throw notOver(interval, of, now);
    intervals.push(interval);
    if (intervals.length > MOST_INTERVALS)
      throw new Refused(
        `More than ${count(MOST_INTERVALS)} intervals of '${of.cron}' begin between ${fromText} and ${toText}: backfill them in several spans.`,
      );
  }
  if (intervals.length === 0)
    throw new Refused(
      `No interval of the schedule '${of.cron}' (${of.timezone}) begins between ${fromText} and ${toText}.${nearest(from, of)}`,
    );
  return { from: from.toISOString(), to: to.toISOString(), intervals };
}

function bound(option: string, text: string, of: Schedule): Date {
  if (!DAY.test(text) && !TIME.test(text))
    throw new Refused(
      `${option} '${text}' is no time: write a day (2026-01-31, in ${of.timezone}) or a time with Z or an offset (2026-01-31T07:00Z).`,
    );
  const day = text.slice(0, 10);
  const wall = new Date(`${day}T00:00Z`);
  // V8 takes 31 February for 3 March
  const isDay = !Number.isNaN(wall.getTime()) && wall.toISOString().slice(0, 10) === day;
  if (!isDay || (!DAY.test(text) && Number.isNaN(Date.parse(text))))
    throw new Refused(`${option} '${text}' is no time: there is no such day or hour.`);
  const time = DAY.test(text) ? midnight(day, of.timezone) : new Date(text);
  if (!DAY.test(text) && lastFire(of, time)?.getTime() !== time.getTime())
    throw new Refused(
      `${option} ${text} is not between two intervals of the schedule '${of.cron}' (${of.timezone}).${nearest(time, of)} A day does as well: ${option} ${day}`,
    );
  return time;
}

function nearest(time: Date, of: Schedule): string {
  const fires = [lastFire(of, time), nextFire(of, time)].flatMap((fire) => (fire ? [shortIso(fire)] : []));
  return fires.length === 0 ? '' : ` It fires at ${fires.join(' and ')}.`;
}

function notOver({ start, end }: Interval, of: Schedule, now: Date): Refused {
  const latest = intervalAt(of, now);
  return new Refused(
    `The interval ${shortIso(new Date(start))} to ${shortIso(new Date(end))} is not over yet.${latest ? ` The last that is: --to ${shortIso(new Date(latest.end))}` : ''}`,
  );
}

const shortIso = (time: Date): string => time.toISOString().replace(/(:00)?\.000Z$/, 'Z');

const HOUR_MS = 3_600_000;

/** The first moment of the day by the clock of the place; where that skips midnight, the first that it shows. */
function midnight(day: string, timeZone: string): Date {
  const wall = Date.parse(`${day}T00:00Z`);
  let time = wall - offsetAt(wall, timeZone);
  time = wall - offsetAt(time, timeZone);
  if (new Date(time + offsetAt(time, timeZone)).toISOString().slice(0, 10) < day) time += HOUR_MS;
  return new Date(time);
}

/** What the clock of the place is ahead of UTC. */
function offsetAt(time: number, timeZone: string): number {
  if (Number.isNaN(time)) return 0;
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(time);
  const of = (type: string) => Number(parts.find((part) => part.type === type)!.value);
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return shown - Math.floor(time / 1000) * 1000;
}
