/** How a file writes numbers and times, told from all of its columns: one that leaves no doubt decides for those that do. */
import { type CsvFormat, fitsTime, TIME_FORMATS } from './infer-types';

/** A format, and what could be meant otherwise. */
export interface InferredFormat {
  readonly format: CsvFormat;
  readonly doubts: readonly string[];
}

/** `columns`: the values of each, without empty fields. */
export function inferFormat(columns: readonly (readonly string[])[], delimiter: string): InferredFormat {
  const texts = columns.filter((values) => values.length > 0);
  const doubts: string[] = [];
  const format: CsvFormat = {
    kind: 'csv',
    ...(delimiter === ',' ? {} : { delimiter }),
    ...numbers(texts, delimiter, doubts),
    ...times(texts, doubts),
  };
  return { format, doubts };
}

/** 12,5 and 1.234,5 */
const COMMA = /^[+-]?(\d{1,3}(?:[.' \u00a0\u202f]\d{3})+|\d+)(,\d+)?$/;
/** 1,234 and 1,234.5 */
const GROUPED = /^[+-]?\d{1,3}((?:[,' \u00a0\u202f]\d{3})+)?(\.\d+)?$/;
const PLAIN = /^[+-]?\d*(\.\d+)?$/;

function numbers(
  columns: readonly (readonly string[])[],
  delimiter: string,
  doubts: string[],
): Pick<CsvFormat, 'decimal' | 'thousands'> {
  const trimmed = columns.map((column) => column.map((text) => text.trim()));
  const all = (pattern: RegExp) => trimmed.filter((values) => values.every((text) => pattern.test(text)));
  const [plain, comma, grouped] = [all(PLAIN), all(COMMA), all(GROUPED)];
  const unlike = (column: readonly string[], ...others: (readonly (readonly string[])[])[]) =>
    others.every((other) => !other.includes(column));
  // In a file with decimal commas 1.234 is a whole number.
  if (comma.some((column) => unlike(column, plain, grouped))) {
    return { decimal: ',', ...groupsOf(comma, /[.' \u00a0\u202f](?=\d{3})/) };
  }
  if (grouped.some((column) => unlike(column, plain, comma))) return groupsOf(grouped, /[,' \u00a0\u202f](?=\d{3})/);
  const either = comma.find((column) => grouped.includes(column) && unlike(column, plain));
  if (!either) return {};
  const example = either.find((text) => text.includes(',')) ?? either[0]!;
  // 1'234 has one meaning only.
  if (!either.some((text) => text.includes(','))) return groupsOf([either], /[' \u00a0\u202f](?=\d{3})/);
  if (delimiter === ';') {
    doubts.push(
      `${example} is read with a decimal comma; if it is a whole number, write thousands: ',' for decimal: ','.`,
    );
    return { decimal: ',' };
  }
  doubts.push(
    `${example} is read as a whole number; if it has a decimal comma, write decimal: ',' for thousands: ','.`,
  );
  return { thousands: ',' };
}

function groupsOf(columns: readonly (readonly string[])[], separator: RegExp): Pick<CsvFormat, 'thousands'> {
  const found = columns.flatMap((values) => values.map((text) => separator.exec(text)?.[0])).find(Boolean);
  if (found === undefined) return {};
  return { thousands: /\s/.test(found) ? ' ' : (found as NonNullable<CsvFormat['thousands']>) };
}

/** Of several formats that fit a column, those that fit another one as well are likelier. */
function times(
  columns: readonly (readonly string[])[],
  doubts: string[],
): Pick<CsvFormat, 'dateFormat' | 'timestampFormat'> {
  const dateFormat = likeliest(columns, 'date', doubts);
  const timestampFormat = likeliest(columns, 'timestamp', doubts, dateFormat);
  return {
    ...(dateFormat === undefined ? {} : { dateFormat }),
    ...(timestampFormat === undefined ? {} : { timestampFormat }),
  };
}

function likeliest(
  columns: readonly (readonly string[])[],
  type: 'date' | 'timestamp',
  doubts: string[],
  day?: string,
): string | undefined {
  const fitting = TIME_FORMATS[type]
    .map((format) => ({ format, columns: columns.filter((values) => fitsTime(values, type, format)) }))
    .filter((one) => one.columns.length > 0)
    .sort((a, b) => rank(b) - rank(a));
  function rank(one: { format: string; columns: readonly unknown[] }): number {
    return one.columns.length + (day !== undefined && one.format.startsWith(day) ? 0.5 : 0);
  }
  const [best, second] = fitting;
  if (best === undefined) return undefined;
  if (second !== undefined && second.columns.length === best.columns.length && second.columns[0] === best.columns[0]) {
    const option = type === 'date' ? 'dateFormat' : 'timestampFormat';
    const example = best.columns[0]![0];
    doubts.push(`${example} is read as ${best.format}; if ${second.format} is meant, say so in ${option}.`);
  }
  return best.format;
}
