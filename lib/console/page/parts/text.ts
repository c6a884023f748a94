/** Figures and times as the page writes them. */

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h` */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return '';
  if (ms < 0) return `−${durationText(-ms)}`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return two(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(ms / MINUTE_MS);
  if (minutes < 1440) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(ms / HOUR_MS);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const two = (a: number, unitA: string, b: number, unitB: string): string =>
  b === 0 ? `${a} ${unitA}` : `${a} ${unitA} ${b} ${unitB}`;

/** How long ago, in one unit. */
export function agoText(ms: number): string {
  if (ms < 5000) return 'just now';
  if (ms < MINUTE_MS) return `${Math.floor(ms / 1000)} s ago`;
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min ago`;
  if (ms < 2 * DAY_MS) return `${Math.floor(ms / HOUR_MS)} h ago`;
  return `${Math.floor(ms / DAY_MS)} d ago`;
}

const numbers = new Intl.NumberFormat('en-US');

export const countText = (n: number | undefined): string => (n === undefined ? '' : numbers.format(n));

/** `1 row`, `2 rows` */
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${numbers.format(n)} ${n === 1 ? one : many}`;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Of small sums as well: `$0.00012`. */
export function dollarsText(usd: number): string {
  if (usd === 0) return '$0';
  if (usd >= 0.995) return `$${usd.toFixed(2)}`;
  return `$${usd.toPrecision(2).replace(/e.*$/, '')}`;
}

const day = new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit' });
const time = new Intl.DateTimeFormat('sv-SE', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** Local: `14:03:07` of today, else `2026-11-20 14:03`. */
export function momentText(iso: string, now: number = Date.now()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return day.format(date) === day.format(now)
    ? time.format(date)
    : `${day.format(date)} ${time.format(date).slice(0, 5)}`;
}

/** `2026-11-20 14:03:07 UTC` */
export const utcText = (iso: string): string => {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? iso : `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
};
