/** Ages and times, as people say them. */

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** `26 hours`, `3 days`, `90 minutes`: whole numbers of the largest unit of which there are at least two. */
export function ageText(seconds: number): string {
  for (const [unit, length] of UNITS) {
    if (seconds >= 2 * length || seconds === length) return plural(Math.floor(seconds / length), unit);
  }
  return seconds >= 60 ? '1 minute' : plural(Math.round(seconds), 'second');
}

const plural = (n: number, unit: string): string => `${n} ${unit}${n === 1 ? '' : 's'}`;

/** `2026-11-21 06:00 UTC`; without the zone where it is another one, which is named beside it. */
export function atText(time: string, timeZone?: string): string {
  if (timeZone === undefined) return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`;
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(time));
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return `${of.year}-${of.month}-${of.day} ${of.hour}:${of.minute}`;
}
