import { intervalsBetween } from '../tasks/fires';

/** How much of 2026-03-01T02:00:00.000Z names the year, the month, the day, the hour. */
const NAMED_BY = { year: 4, month: 7, day: 10, hour: 13 } as const;

export type Unit = keyof typeof NAMED_BY;

/** Each month with each day of the week; and enough of a schedule's fires, as every day that it fires on has the same times. */
const YEARS = [new Date('2024-01-01T00:00:00Z'), new Date('2032-01-01T00:00:00Z')] as const;
const MOST_INTERVALS = 100;

/**
 * Whether some interval of the schedule begins and ends within one hour, day, month or year. UTC stands for every time zone: the hour
 * that daylight saving repeats is no mistake of a schedule. False for what is no crontab: that is a mistake of its own.
 *
 * @example firesWithin('0 8,20 * * *', 'day') // true
 */
export function firesWithin(cron: string, unit: Unit): boolean {
  const length = NAMED_BY[unit];
  let seen = 0;
  try {
    for (const { start, end } of intervalsBetween({ cron, timezone: 'UTC' }, ...YEARS)) {
      if (start.slice(0, length) === end.slice(0, length)) return true;
      seen += 1;
      if (seen === MOST_INTERVALS) return false;
    }
  } catch {
    return false;
  }
  return false;
}
