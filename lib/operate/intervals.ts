/** Data intervals as people read and write them: in UTC, half-open. */
import { intervalAt, intervalsBetween, lastFire, nextFire } from '../tasks/fires';
import type { Interval, Schedule } from '../tasks/schedule';
import { Refused } from './errors';
import { plural } from './text';

/** `2026-11-21 07:00–08:00`, `2026-11-20` for a whole day, `2026-11-20 01:00–11-21 01:00`: UTC, which the place around it says. */
export function intervalText({ start, end }: Interval): string {
  const [fromDay, fromTime] = dayAndTime(start);
  const [toDay, toTime] = dayAndTime(end);
  if (fromDay === toDay) return `${fromDay} ${fromTime}–${toTime}`;
  const isNextDay = Date.parse(`${toDay}T00:00Z`) - Date.parse(`${fromDay}T00:00Z`) === DAY_MS;
  if (isNextDay && toTime === '00:00') return fromTime === '00:00' ? fromDay : `${fromDay} ${fromTime}–24:00`;
  return `${fromDay} ${fromTime}–${fromDay.slice(0, 4) === toDay.slice(0, 4) ? toDay.slice(5) : toDay} ${toTime}`;
}

/** What a run of a schedule is called beside those of other pipelines. */
export const intervalTitle = (pipeline: string, interval: Interval): string => `${pipeline} ${intervalText(interval)}`;

/** As `--interval` takes it. */
export const intervalOption = ({ start, end }: Interval): string => `${shortIso(start)}/${shortIso(end)}`;

const DAY_MS = 86_400_000;
const dayAndTime = (iso: string): [string, string] => {
  const text = new Date(iso).toISOString();
  return [text.slice(0, 10), text.slice(11, 16)];
};
const shortIso = (iso: string): string => new Date(iso).toISOString().replace(/(:00)?\.000Z$/, 'Z');

/** A day, or a time with its offset: without one, nobody knows which clock is meant. */
const DAY = /^\d{4}-\d\d-\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/i;

/** `<start>/<end>`, each a day or a time with Z or an offset. @throws {Refused} */
export function parseInterval(text: string): Interval {
  const [start, end, ...more] = text.split('/');
  if (!start || !end || more.length > 0) {
    throw new Refused(`--interval is <start>/<end>, as 2026-11-20T07:00Z/2026-11-20T08:00Z, not '${text}'.`);
  }
  const interval = { start: parseTime(start), end: parseTime(end) };
  if (interval.start >= interval.end) throw new Refused(`The interval ${text} ends before it starts.`);
  return interval;
}

/** In ISO 8601. @throws {Refused} for what is neither a day nor a time with its offset */
export function parseTime(text: string): string {
  if (!DAY.test(text) && !TIME.test(text)) {
    throw new Refused(
      `'${text}' is no time: write a day (2026-11-20, from midnight UTC) or a time with Z or an offset (2026-11-20T07:00Z, 2026-11-20T08:00+01:00).`,
    );
  }
  const time = new Date(text);
  // V8 takes 31 February for 3 March
  const day = text.slice(0, 10);
  if (Number.isNaN(time.getTime()) || new Date(`${day}T00:00Z`).toISOString().slice(0, 10) !== day)
    throw new Refused(`'${text}' is no time: there is no such day or hour.`);
  return time.toISOString();
}

/** @throws {Refused} for an interval that is none of the schedule's, or not over: names the nearest */
export function requireScheduled(pipeline: string, given: Interval, of: Schedule, now: Date): void {
  const start = new Date(given.start);
  const nearest = nearestTo(start, of);
  const schedule = `${pipeline}'s schedule '${of.cron}' (${of.timezone})`;
  if (nearest === undefined) throw new Refused(`${schedule} never fires around ${given.start}.`);
  if (nearest.start !== given.start || nearest.end !== given.end) {
    const held = heldBy(given, of);
    const remedy =
      held.length > 1
        ? `It holds ${held.length > MOST_COUNTED ? `more than ${MOST_COUNTED}` : plural(held.length, 'interval')} of it: start a run for each, the first with --interval ${intervalOption(held[0]!)}`
        : `The nearest: --interval ${intervalOption(nearest)}`;
    throw new Refused(`${intervalOption(given)} is no interval of ${schedule}. ${remedy}`);
  }
  if (new Date(given.end) > now) {
    const latest = intervalAt(of, now);
    throw new Refused(
      `The interval ${intervalOption(given)} is not over yet.${latest ? ` The latest that is: --interval ${intervalOption(latest)}` : ''}`,
    );
  }
}

const MOST_COUNTED = 1000;

/** The interval that starts nearest to `time`. */
function nearestTo(time: Date, of: Schedule): Interval | undefined {
  const before = lastFire(of, time);
  const after = before?.getTime() === time.getTime() ? undefined : nextFire(of, time);
  const distance = (fire: Date) => Math.abs(fire.getTime() - time.getTime());
  const start = before && after ? (distance(before) <= distance(after) ? before : after) : (before ?? after);
  const end = start && nextFire(of, start);
  return end && { start: start.toISOString(), end: end.toISOString() };
}

function heldBy({ start, end }: Interval, of: Schedule): Interval[] {
  const held: Interval[] = [];
  for (const interval of intervalsBetween(of, new Date(start), new Date(end))) {
    held.push(interval);
    if (held.length > MOST_COUNTED) break;
  }
  return held;
}
