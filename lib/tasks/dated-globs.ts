/**
 * Globs that name dates: `clicks/{yyyy}/{MM}/{dd}/*.json.gz` is one glob for each day of a run's data interval. A day (an hour, a
 * month, a year: whatever the smallest token is) belongs to the interval in which it ends, so that it is over when the run starts,
 * and no day is in two intervals or in none. An interval in which none ends reads nothing, as the first of two in an hour that daylight
 * saving repeats.
 */
import type { Interval } from './schedule';

export const DATE_TOKENS = ['{yyyy}', '{MM}', '{dd}', '{HH}'] as const;
const TOKEN = /\{(?:yyyy|MM|dd|HH)\}/g;

const MINUTE_MS = 60_000;
/** Offsets of time zones are multiples of 15 minutes, and no day is shorter than 23 hours. */
const STEP_MS = { hour: 15 * MINUTE_MS, longer: 60 * MINUTE_MS } as const;
/** No clock is put back by more than two hours. What it shows again in that time is not over, be it that another hour was between. */
const REPEATED_MS = 180 * MINUTE_MS;

/** The tokens of a glob, each once, the largest first. */
export const dateTokensOf = (glob: string): string[] => DATE_TOKENS.filter((token) => glob.includes(token));

/** With something else in place of each token. */
export const replaceTokens = (glob: string, by: (token: string) => string): string => glob.replace(TOKEN, by);

/** Of files that are gathered by date, for a function that has no need of the date: `{dd}` is two digits. */
export const anyDate = (glob: string): string => replaceTokens(glob, (token) => '[0-9]'.repeat(token.length - 2));

/**
 * The globs that one with tokens stands for, in the order of time; just itself without tokens, and none where nothing ends.
 *
 * @example
 * fillDates('a/{yyyy}-{MM}-{dd}.csv', { start: '2026-03-01T01:00:00Z', end: '2026-03-02T01:00:00Z' }, 'UTC') // ['a/2026-03-01.csv']
 */
export function fillDates(glob: string, interval: Interval, timezone: string): string[] {
  const tokens = dateTokensOf(glob);
  if (tokens.length === 0) return [glob];
  const clock = wallClock(timezone);
  const fill = (time: number) => {
    const parts = clock(time);
    return replaceTokens(glob, (token) => parts[token]!);
  };
  const step = tokens.includes('{HH}') ? STEP_MS.hour : STEP_MS.longer;
  const shownBetween = (start: number, end: number) => {
    const shown = new Set<string>();
    for (let time = start; time < end; time = (Math.floor(time / step) + 1) * step) shown.add(fill(time));
    return shown;
  };
  const end = Date.parse(interval.end);
  const unfinished = shownBetween(end, end + REPEATED_MS);
  return [...shownBetween(Date.parse(interval.start), end)].filter((one) => !unfinished.has(one));
}

/** Tokens → text, by the clock of a place. */
function wallClock(timeZone: string): (time: number) => Readonly<Record<string, string>> {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  return (time) => {
    const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
    return {
      '{yyyy}': parts.year!.padStart(4, '0'),
      '{MM}': parts.month!,
      '{dd}': parts.day!,
      '{HH}': parts.hour!,
    };
  };
}
