/** `rate(5 minutes)`, `cron(0 1 * * ? *)` and `at(2026-01-01T00:00:00)`: when is it due next? Pure. */
import { Cron } from 'croner';
import { InvalidSchedule } from './errors';

export interface Schedule {
  /** The first time due after `after` (both in milliseconds), or undefined when there is none. */
  next(after: number): number | undefined;
}

export interface ScheduleOptions {
  /** IANA name; cron and at expressions mean this zone's wall clock. UTC by default. */
  readonly timezone?: string;
  /** When a rate starts to count, in milliseconds. */
  readonly startsAt: number;
  /** `at()` exists for schedules, not for rules. */
  readonly allowAt?: boolean;
}

export function parseSchedule(expression: string, options: ScheduleOptions): Schedule {
  const [, kind, argument = ''] = /^(rate|cron|at)\((.*)\)$/.exec(expression) ?? [];
  if (kind === 'rate') return rate(expression, argument, options);
  if (kind === 'cron') return cron(expression, argument, options);
  if (kind === 'at' && options.allowAt) return at(expression, argument, options);
  throw new InvalidSchedule(expression, `Write rate(…) or cron(…)${options.allowAt ? ' or at(…)' : ''}.`);
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function rate(expression: string, argument: string, { startsAt }: ScheduleOptions): Schedule {
  const [, count = '', unit = '', plural = ''] = /^([1-9]\d*) (minute|hour|day)(s?)$/.exec(argument) ?? [];
  const period = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  if (Number.isNaN(period) || (count === '1') === (plural === 's')) {
    throw new InvalidSchedule(
      expression,
      'A rate is a positive number and minute(s), hour(s) or day(s), singular for 1.',
    );
  }
  return { next: (after) => startsAt + Math.max(1, Math.floor((after - startsAt) / period) + 1) * period };
}

function at(expression: string, argument: string, { timezone = 'UTC' }: ScheduleOptions): Schedule {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(argument)) {
    throw new InvalidSchedule(expression, 'Write at(yyyy-mm-ddThh:mm:ss).');
  }
  const due = newCron(expression, argument, timezone).nextRun(new Date(0))?.getTime();
  return { next: (after) => (due !== undefined && due > after ? due : undefined) };
}

function cron(expression: string, argument: string, { timezone = 'UTC' }: ScheduleOptions): Schedule {
  const fields = argument.trim().split(/\s+/);
  const [minute, hour, day = '', month, weekday = '', year] = fields;
  if (fields.length !== 6 || (day === '?') === (weekday === '?')) {
    throw new InvalidSchedule(
      expression,
      'A cron has six fields (minutes hours day-of-month month day-of-week year), one of the days being ?.',
    );
  }
  const plan = newCron(
    expression,
    `0 ${minute} ${hour} ${day} ${month} ${fromSunday0(expression, weekday)} ${year}`,
    timezone,
  );
  return {
    next(after) {
      let run = plan.nextRun(new Date(after));
      // A time that the start of daylight saving skips is not made up for: croner would run it late.
      while (run && !plan.match(run)) run = plan.nextRun(run);
      return run?.getTime();
    },
  };
}

/** AWS numbers weekdays 1 to 7 from Sunday, cron 0 to 6; `L` alone is the last day of the week, `5L` the last Thursday. */
function fromSunday0(expression: string, weekday: string): string {
  if (weekday === 'L') return '6';
  return weekday
    .replace(/(?<![#/\d])\d+/g, (day) => {
      if (!/^[1-7]$/.test(day))
        throw new InvalidSchedule(expression, 'Days of the week are 1 (Sunday) to 7, or SUN to SAT.');
      return String(Number(day) - 1);
    })
    .replace(/(\d|[A-Za-z]{3})L$/, '$1#L');
}

function newCron(expression: string, pattern: string, timezone: string): Cron {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone }); // croner finds out at the first run only
    return new Cron(pattern, { timezone, paused: true, sloppyRanges: true });
  } catch (error) {
    throw new InvalidSchedule(expression, (error as Error).message);
  }
}
