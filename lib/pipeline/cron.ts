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

/**
 * @example awsCron('30 6 * * 1-5') // 'cron(30 6 ? * MON,TUE,WED,THU,FRI *)'
 * @throws {NoSuchSchedule}
 */
export function awsCron(crontab: string): string {
  const fields = crontab.trim().split(/\s+/);
  if (fields.length !== 5) {
    throw new NoSuchSchedule(
      'a cron expression has five fields: minute, hour, day of month, month, day of week',
      "Use e.g. '0 1 * * *'.",
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
