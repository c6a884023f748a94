/** The bounds of a run, as a column of a database can be compared with them. */
import { SourceRefused } from '../../../lib/tasks/errors';
import type { SelectedColumn } from './columns';

/**
 * A bound is an instant (ISO 8601, UTC) or a number. A date belongs to the interval in which its day begins; a time without a zone
 * is one of the contract's zone.
 *
 * @throws {SourceRefused}
 */
export function cursorText(column: SelectedColumn, bound: string | number): string | number {
  const { kind, name, type, contract } = column;
  if (typeof bound === 'number') {
    if (kind === 'integer') return bound;
    throw new SourceRefused(
      `The cursor ${name} is a ${type}, and its bound the number ${bound}: they cannot be compared.`,
    );
  }
  const ms = Date.parse(bound);
  if (Number.isNaN(ms)) throw new SourceRefused(`The cursor ${name} has a bound '${bound}' that is no time.`);
  switch (kind) {
    case 'instant':
      return utcText(ms);
    case 'time':
      return utcText(ms + offsetAt(ms, contract?.type.type === 'timestamp' ? contract.type.timezone : undefined));
    case 'date':
      return dayFrom(ms);
    default:
      throw new SourceRefused(
        `The cursor ${name} is a ${type}: runs are cut by time, so it must be a date, a datetime or a timestamp. Use another column, or a query that makes one.`,
      );
  }
}

const DAY_MS = 86_400_000;

const utcText = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

/** The first day that begins at the time or after it. */
const dayFrom = (ms: number): string => utcText(Math.ceil(ms / DAY_MS) * DAY_MS).slice(0, 10);

function offsetAt(ms: number, timezone: string | undefined): number {
  if (timezone === undefined || timezone === 'UTC') return 0;
  const two = '2-digit' as const;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  });
  const at = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(at.year!, at.month! - 1, at.day!, at.hour!, at.minute!, at.second!) - Math.floor(ms / 1000) * 1000;
}
