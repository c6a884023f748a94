/** What stretch of time `stepwell cost` is about. */
import { Refused } from '../errors';

export interface Period {
  readonly from: Date;
  readonly to: Date;
  /** `the last 30 days`, `October 2026` */
  readonly title: string;
}

/** Logs are kept for so long. */
const KEPT_DAYS = 90;
const DAY_MS = 86_400_000;
const UNITS: Readonly<Record<string, readonly [ms: number, name: string]>> = {
  h: [3_600_000, 'hour'],
  d: [DAY_MS, 'day'],
  w: [7 * DAY_MS, 'week'],
};

/**
 * @throws {Refused}
 *
 * @example periodOf({ last: '30d' }, now); periodOf({ month: '2026-10' }, now)
 */
export function periodOf({ last, month }: { readonly last?: string; readonly month?: string }, now: Date): Period {
  if (last !== undefined && month !== undefined)
    throw new Refused('--last and --month are two ways to name a time: leave out one.');
  return month === undefined ? lastOf(last ?? '30d', now) : monthOf(month, now);
}

function lastOf(text: string, now: Date): Period {
  const [, n = '', unit = ''] = /^(\d{1,5})\s*([hdw])$/.exec(text) ?? [];
  const [ms, name] = UNITS[unit] ?? [];
  if (ms === undefined || Number(n) === 0)
    throw new Refused(`--last '${text}' is no time: write hours, days or weeks, as in 24h, 30d or 4w.`);
  const from = new Date(now.getTime() - Number(n) * ms);
  if (now.getTime() - from.getTime() > KEPT_DAYS * DAY_MS)
    throw new Refused(
      `--last ${text} is longer than logs are kept, by which runs are reckoned: ${KEPT_DAYS} days. Use --last ${KEPT_DAYS}d.`,
    );
  return { from, to: now, title: `the last ${Number(n) === 1 ? name : `${n} ${name}s`}` };
}

function monthOf(text: string, now: Date): Period {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text) ?? [];
  if (month === undefined) throw new Refused(`--month '${text}' is no month: write it as 2026-10.`);
  const from = new Date(Date.UTC(Number(year), Number(month) - 1, 1));
  const to = new Date(Date.UTC(Number(year), Number(month), 1));
  if (from > now) throw new Refused(`--month ${text} has not begun yet.`);
  if (now.getTime() - to.getTime() > KEPT_DAYS * DAY_MS)
    throw new Refused(
      `--month ${text} is over for longer than logs are kept, by which runs are reckoned: ${KEPT_DAYS} days. AWS Cost Explorer has it.`,
    );
  const name = from.toLocaleString('en-US', { month: 'long', year: 'numeric', timeZone: 'UTC' });
  return to > now ? { from, to: now, title: `${name} until now` } : { from, to, title: name };
}

/** The beginning of what the logs know of it: earlier runs are not in the sum. */
export const keptSince = (now: Date): Date => new Date(now.getTime() - KEPT_DAYS * DAY_MS);
