/** Dates and timestamps of a contract: ISO 8601 and what exports commonly make of it, all stored in UTC. */
import { type Judgement, show } from './judge-value';

const DATE = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/;
const TIMESTAMP =
  /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/i;
const MINUTE_MS = 60_000;
/** As PostgreSQL has it; today's zones lie between -12 and +14 hours. */
const MOST_OFFSET_MINUTES = 16 * 60 - 1;

export function judgeDate(text: string): Judgement {
  const match = DATE.exec(text.trim());
  if (!match) return { reason: `${show(text)} is not a date (YYYY-MM-DD)` };
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  if (!isDay(year, month, day)) return { reason: notACalendarTime(text, 'day') };
  return { value: isoDay(year, month, day) };
}

export function judgeTimestamp(text: string, timezone: string | undefined): Judgement {
  const match = TIMESTAMP.exec(text.trim());
  if (!match) return { reason: `${show(text)} is not a timestamp (YYYY-MM-DD HH:MM:SS, maybe with an offset)` };
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) {
    return { reason: notACalendarTime(text, 'time') };
  }
  // Microseconds are what the targets store.
  const fraction = (match[7] ?? '').slice(0, 6).replace(/0+$/, '');
  // Date.UTC takes the year 99 for 1999.
  const wall = new Date(0).setUTCFullYear(year, month - 1, day) + ((hour * 60 + minute) * 60 + second) * 1000;
  const offset = offsetMinutes(match[8]);
  if (offset !== undefined && !(Math.abs(offset) <= MOST_OFFSET_MINUTES)) {
    return { reason: `${show(text)} has an offset that no time zone has` };
  }
  const utc = offset === undefined ? fromTimezone(wall, timezone) : wall - offset * MINUTE_MS;
  const iso = new Date(utc).toISOString();
  // An offset may carry the first or last day of the calendar out of it.
  if (!/^\d{4}-/.test(iso)) return { reason: `${show(text)} is out of range of timestamp` };
  return { value: `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction ? `.${fraction}` : ''}` };
}

/** MySQL's zero date stands for "none" in many old tables, but nobody has said so: it is not taken for NULL. */
const notACalendarTime = (text: string, what: 'day' | 'time'): string =>
  text.trim().startsWith('0000-00-00')
    ? `${show(text)} is MySQL's zero date, and no ${what} of the calendar (in a query, NULLIF(…, '0000-00-00') reads it as NULL)`
    : `${show(text)} is not a ${what} of the calendar`;

function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  if (day <= 28) return true;
  return (
    day <=
    (month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : 31 - (((month - 1) % 7) % 2))
  );
}

const isoDay = (year: number, month: number, day: number) =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;

function offsetMinutes(offset: string | undefined): number | undefined {
  if (offset === undefined) return undefined;
  if (/[a-z]/i.test(offset)) return 0;
  const [hours, rest] = [Number(offset.slice(1, 3)), Number(offset.slice(3).replace(':', '') || 0)];
  const minutes = rest < 60 ? hours * 60 + rest : Number.NaN;
  return offset.startsWith('-') ? -minutes : minutes;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** A time that the clock skips (summer time begins) is read as the one after the gap; one that it shows twice, as the first. */
function fromTimezone(wall: number, timezone: string | undefined): number {
  if (timezone === undefined || timezone === 'UTC') return wall;
  const before = wall - offsetAt(wall - DAY_MS, timezone);
  if (before + offsetAt(before, timezone) === wall) return before;
  const after = wall - offsetAt(wall + DAY_MS, timezone);
  return after + offsetAt(after, timezone) === wall ? after : before;
}

const DAY_MS = 24 * 60 * MINUTE_MS;
/** Asking the zone takes as long as judging three other texts, and a file has fewer days than rows. */
const steadyDays = new Map<string, Map<number, number>>();
/** A few MB at most. */
const MOST_DAYS = 50_000;

/** The zone's distance from UTC at an instant, in ms. No zone changes it twice in a day. */
function offsetAt(instant: number, timezone: string): number {
  let known = steadyDays.get(timezone);
  if (!known || known.size > MOST_DAYS) {
    known = new Map();
    steadyDays.set(timezone, known);
  }
  const day = Math.floor(instant / DAY_MS);
  const steady = known.get(day);
  if (steady !== undefined) return steady;
  const start = askOffset(day * DAY_MS, timezone);
  if (start !== askOffset((day + 1) * DAY_MS, timezone)) return askOffset(instant, timezone);
  known.set(day, start);
  return start;
}

/** Before the first year has begun everywhere: the calendar would count backwards. */
const EARLIEST = new Date(0).setUTCFullYear(1, 0, 2);

function askOffset(time: number, timezone: string): number {
  const instant = Math.max(time, EARLIEST);
  let format = formats.get(timezone);
  if (!format) {
    const two = '2-digit';
    const parts = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const;
    format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, hourCycle: 'h23', ...parts });
    formats.set(timezone, format);
  }
  const at = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const midnight = new Date(0).setUTCFullYear(at.year!, at.month! - 1, at.day!);
  const shown = midnight + ((at.hour! * 60 + at.minute!) * 60 + at.second!) * 1000;
  return shown - Math.floor(instant / 1000) * 1000;
}
