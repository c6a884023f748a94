/** The type of a column, told from its values by the rules that will judge them: what is inferred here makes no bad row of them. */
import { type Convention, conventionFor } from '../../lambdas/shared/contract/conventions';
import { judgeValue } from '../../lambdas/shared/contract/judge-value';
import type { ColumnType, FileFormat } from '../tasks/common';

export type CsvFormat = Extract<FileFormat, { kind: 'csv' }>;

/** How the SQL makes a value of a text, where the contract cannot. */
export interface Conversion {
  /** `column` stands for the column's name */
  readonly sql: (column: string) => string;
  /** the same, of one text: for the model's test */
  readonly value: (text: string) => string;
}

/** Empty fields are not among the values. */
export function inferType(values: readonly string[], format: CsvFormat): ColumnType {
  const fits = (type: ColumnType) => {
    const convention = conventionFor(type, format);
    return values.every((text) => {
      const written = convention?.(text) ?? { value: text };
      return 'value' in written && 'value' in judgeValue(type, written.value);
    });
  };
  if (values.length === 0) return TEXT;
  if (values.every((text) => BOOLEAN.test(text.trim()))) return { type: 'boolean' };
  // A zip code or a telephone number is no number: its zeros count.
  if (!values.some((text) => LEADING_ZERO.test(text.trim()))) {
    const whole = values.every((text) => !hasFraction(text, format));
    if (whole && fits({ type: 'bigint' })) return { type: 'bigint' };
    if (fits(WIDEST)) return decimalFor(values, format);
    if (fits({ type: 'double' })) return { type: 'double' };
  }
  if (fits({ type: 'date' })) return { type: 'date' };
  if (fits({ type: 'timestamp' })) return { type: 'timestamp' };
  if (values.every((text) => /^\s*[[{]/.test(text)) && fits({ type: 'json' })) return { type: 'json' };
  return TEXT;
}

const TEXT: ColumnType = { type: 'text' };
const BOOLEAN = /^(true|false|yes|no|t|f|y|n)$/i;
const LEADING_ZERO = /^(\+|-?0\d)/;

const hasFraction = (text: string, { decimal = '.' }: CsvFormat): boolean =>
  text.includes(decimal) || /[eE]/.test(text);

/** More digits behind the point are measurements, not money. */
const MOST_SCALE = 6;
const WIDEST: ColumnType = { type: 'decimal', precision: 38 - 10, scale: MOST_SCALE };

/** Wide enough for values some orders of magnitude larger. */
function decimalFor(values: readonly string[], format: CsvFormat): ColumnType {
  const convention = conventionFor(WIDEST, format);
  let whole = 1;
  let fraction = 0;
  for (const text of values) {
    const written = convention?.(text) ?? { value: text };
    const [before = '', after = ''] = ('value' in written ? written.value : '').trim().replace(/^[+-]/, '').split('.');
    whole = Math.max(whole, before.length);
    fraction = Math.max(fraction, after.length);
  }
  const scale = fraction <= 2 ? 2 : fraction <= 4 ? 4 : MOST_SCALE;
  const digits = whole + 3 + scale;
  return { type: 'decimal', precision: digits <= 12 ? 12 : digits <= 18 ? 18 : 38, scale };
}

/** Amounts with a currency, shares with a percent sign, numbers with a unit of their own: the digits count. */
const DECORATED = /^(?:[€$£¥]|[A-Z]{3})?\s*([+-]?[\d.,' ]*\d)\s*(?:[€$£¥%]|[A-Z]{3})?$/;

/** A conversion for what stayed a text; undefined: it is one. */
export function inferConversion(values: readonly string[], format: CsvFormat): Conversion | undefined {
  if (values.length === 0) return undefined;
  return decorated(values) ?? plainNumber(values, format) ?? otherTime(values, format);
}

function decorated(values: readonly string[]): Conversion | undefined {
  const bare = values.map((text) => DECORATED.exec(text.trim())?.[1]);
  const isPlain = values.every((text) => /^[+-]?[\d.,' ]+$/.test(text.trim()));
  if (isPlain || bare.some((text) => text === undefined)) return undefined;
  // 1.234,50 or 1,234.50: what stands last is before the fraction
  const comma = bare.some((text) => /,\d{1,2}$/.test(text!)) && !bare.some((text) => /\.\d{1,2}$/.test(text!));
  const digits = (text: string) => {
    const kept = text.replace(comma ? /[^0-9,-]/g : /[^0-9.-]/g, '');
    return comma ? kept.replace(',', '.') : kept;
  };
  const type: ColumnType = { type: 'decimal', precision: 18, scale: 4 };
  if (!values.every((text) => 'value' in judgeValue(type, digits(text)))) return undefined;
  const kept = (column: string) => `regexp_replace(${column}, '[^0-9${comma ? ',' : '.'}-]', '', 'g')`;
  return {
    sql: (column) => `CAST(${comma ? `replace(${kept(column)}, ',', '.')` : kept(column)} AS DECIMAL(18, 4))`,
    value: digits,
  };
}

/** 1234.50 in a file whose other numbers have decimal commas. */
function plainNumber(values: readonly string[], format: CsvFormat): Conversion | undefined {
  if (format.decimal === undefined && format.thousands === undefined) return undefined;
  const type = inferType(values, { kind: 'csv' });
  if (type.type !== 'decimal' && type.type !== 'double' && type.type !== 'bigint') return undefined;
  const name = type.type === 'decimal' ? `DECIMAL(${type.precision}, ${type.scale})` : type.type.toUpperCase();
  return { sql: (column) => `CAST(${column} AS ${name})`, value: (text) => text.trim() };
}

/** A date in another format than the others of the file. */
function otherTime(values: readonly string[], format: CsvFormat): Conversion | undefined {
  for (const [option, type] of [
    ['dateFormat', 'date'],
    ['timestampFormat', 'timestamp'],
  ] as const) {
    const other = TIME_FORMATS[type].find((one) => fitsTime(values, type, one));
    if (other === undefined || format[option] === undefined || format[option] === other) continue;
    const convention = timeConvention(type, other);
    return {
      sql: (column) => `CAST(strptime(${column}, '${other}') AS ${type.toUpperCase()})`,
      value: (text) => {
        const written = convention(text);
        return 'value' in written ? written.value : text;
      },
    };
  }
  return undefined;
}

const DATES = [
  '%d.%m.%Y',
  '%d.%m.%y',
  '%m/%d/%Y',
  '%d/%m/%Y',
  '%m/%d/%y',
  '%d/%m/%y',
  '%d-%m-%Y',
  '%m-%d-%Y',
  '%d-%b-%Y',
  '%d-%b-%y',
  '%d %b %Y',
  '%d %B %Y',
  '%d. %B %Y',
  '%b %d, %Y',
  '%b %d %Y',
  '%B %d, %Y',
];
const CLOCKS = ['%H:%M:%S', '%H:%M', '%I:%M:%S %p', '%I:%M %p', '%H:%M:%S.%f'];

export const TIME_FORMATS = {
  date: DATES,
  timestamp: DATES.flatMap((day) => CLOCKS.flatMap((clock) => [`${day} ${clock}`, `${day}, ${clock}`])),
} as const;

/** Made once: there are many formats, and each is tried on each column. */
const timeConventions = new Map<string, Convention>();

function timeConvention(type: 'date' | 'timestamp', format: string): Convention {
  const known = timeConventions.get(`${type} ${format}`);
  if (known) return known;
  const option = type === 'date' ? 'dateFormat' : 'timestampFormat';
  const made = conventionFor({ type }, { kind: 'csv', [option]: format })!;
  timeConventions.set(`${type} ${format}`, made);
  return made;
}

export function fitsTime(values: readonly string[], type: 'date' | 'timestamp', format: string): boolean {
  const convention = timeConvention(type, format);
  return values.every((text) => {
    const written = convention(text);
    // ISO 8601 is read in any case, and says nothing of a format.
    return 'value' in written && !/^\d{4}[-/]/.test(text.trim()) && 'value' in judgeValue({ type }, written.value);
  });
}
