/** crontab(5) → the cron expressions of EventBridge Scheduler: six fields, weekdays by name, one of the two days a `?`. */
import { nextFire } from '../tasks/fires';

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] as const;

/** Why a crontab expression has no counterpart, and what to write instead. */
export class NoSuchSchedule extends Error {
  constructor(
    readonly rule: string,
    readonly remedy: string,
  ) {
    super(`${rule}. ${remedy}`);
    this.name = 'NoSuchSchedule';
  }
}

/** As Airflow and others name them. */
const PRESETS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@quarterly': '0 0 1 */3 *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/** For a schedule of another kind: a preset, EventBridge's `cron(…)` and `rate(…)`, six fields with seconds. */
function remedyFor(schedule: string): string {
  const preset = PRESETS[schedule];
  if (preset !== undefined) return `Write '${preset}'.`;
  const [, ofAws] = /^cron\((\S+ \S+ \S+ \S+ \S+) \*\)$/.exec(schedule) ?? [];
  // Its weekdays count from 1.
  if (ofAws !== undefined && /[?*A-Z]$/.test(ofAws)) return `Write '${ofAws.replaceAll('?', '*')}'.`;
  const [, number, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  if (unit === 'minute' && divides(number, 60)) return `Write '*/${number} * * * *'.`;
  if (unit === 'hour' && divides(number, 24)) return `Write '0 */${number} * * *'.`;
  if (unit === 'day' && number === '1') return "Write '0 0 * * *'.";
  const [, behindSeconds] = /^0 (\S+ \S+ \S+ \S+ \S+)$/.exec(schedule) ?? [];
  if (behindSeconds !== undefined) return `Seconds are none of them: write '${behindSeconds}'.`;
  return "Use e.g. '0 1 * * *'.";
}

const divides = (number: string | undefined, whole: number): boolean =>
  Number(number) < whole && whole % Number(number) === 0;

/**
 * @example awsCron('30 6 * * 1-5') // 'cron(30 6 ? * MON,TUE,WED,THU,FRI *)'
 * @throws {NoSuchSchedule}
 */
export function awsCron(crontab: string): string {
  const fields = crontab.trim().split(/\s+/);
  if (fields.length !== 5) {
    throw new NoSuchSchedule(
      'a cron expression has five fields: minute, hour, day of month, month, day of week',
      remedyFor(crontab.trim()),
    );
  }
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const anyDay = day === '*' || day === '?';
  const anyWeekday = weekday === '*' || weekday === '?';
  if (!anyDay && !anyWeekday) {
    // In a crontab either of the two fires; EventBridge cannot say "or".
    throw new NoSuchSchedule(
      'EventBridge takes a day of month or a day of week, not both',
      "Use '*' for one of them, or two pipelines.",
    );
  }
  const days = anyWeekday ? `${anyDay ? '*' : day} ${month} ?` : `? ${month} ${weekdayNames(weekday)}`;
  return `cron(${minute} ${hour} ${days} *)`;
}

/** What is wrong with a crontab expression: one that no schedule can be made of, or that never fires. */
export function cronMistake(crontab: string): Pick<NoSuchSchedule, 'rule' | 'remedy'> | undefined {
  const fields = crontab.trim().split(/\s+/);
  try {
    if (fields.length === 5 && nextFire({ cron: crontab.trim(), timezone: 'UTC' }, new Date()) === undefined) {
      return { rule: 'there is no such day: it would never fire', remedy: 'Correct day of month or month.' };
    }
  } catch (error) {
    const what = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return {
      rule: `it is no cron expression (${what})`,
      remedy: "Use e.g. '0 1 * * *': minute 0 to 59, hour 0 to 23.",
    };
  }
  try {
    awsCron(crontab);
    return undefined;
  } catch (error) {
    if (error instanceof NoSuchSchedule) return error;
    throw error;
  }
}

/** Names in a list: a crontab counts from Sunday as 0 (7 is Sunday too), EventBridge from Sunday as 1. */
function weekdayNames(field: string): string {
  const days = new Set<number>();
  for (const item of field.split(',')) {
    const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(item);
    if (!match) throw noWeekday(item);
    const [, first = '', last, step = '1'] = match;
    const from = first === '*' ? 0 : weekdayNumber(first);
    const to = first === '*' ? 6 : last === undefined ? (match[3] === undefined ? from : 6) : weekdayNumber(last);
    if (to < from || Number(step) < 1) throw noWeekday(item);
    for (let one = from; one <= to; one += Number(step)) days.add(one % 7);
  }
  return [...days]
    .sort((a, b) => a - b)
    .map((one) => WEEKDAYS[one])
    .join(',');
}

function weekdayNumber(text: string): number {
  const named = WEEKDAYS.indexOf(text.toUpperCase() as (typeof WEEKDAYS)[number]);
  const number = named >= 0 ? named : /^[0-7]$/.test(text) ? Number(text) : -1;
  if (number < 0) throw noWeekday(text);
  return number;
}

const noWeekday = (value: string) =>
  new NoSuchSchedule(`${JSON.stringify(value)} is no day of the week`, 'Use 0 (Sunday) to 6, or SUN to SAT.');
