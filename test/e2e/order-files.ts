/** Order exports as a bad day would bring them: every row valid, and as awkward as the contract lets it be. The same for a seed. */
import { gzipSync } from 'node:zlib';
import { orderExportColumns } from '../../state-machines/orders/columns';

/** By column of the contract; absent is an empty cell. */
export type OrderRow = Readonly<Record<string, string>>;

export const COLUMNS: readonly string[] = Object.keys(orderExportColumns);
export const headerOf = (column: string): string =>
  column.charAt(0).toUpperCase() + column.slice(1).replaceAll('_', ' ');

export type Random = () => number;

/** mulberry32 */
export function randomOf(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
export const whole = (random: Random, from: number, to: number): number =>
  from + Math.floor(random() * (to - from + 1));

const TEXTS = [
  'plain',
  'two\nlines',
  'two\r\nlines, and a comma',
  'a "quoted" word',
  '"',
  '""',
  "it's; a | pipe\tand a tab",
  ' spaces around ',
  'back\\slash \\N \\n \\"',
  'x\n\\.\ny',
  'NULL',
  'null',
  'N/A',
  '=1+1',
  '0x10',
  '1e3',
  '{"json": [1, "two"]}',
  "'; DROP TABLE orders; --",
  '🧦👩🏽‍🚀🏳️‍🌈',
  'שלום עולם',
  'e\u0301 é \u00a0 \u200b \u2028 \ufeff',
  '日本語の商品',
  '%2F%20+&<>',
  '-',
];
const full = (character: string, length: number): string => character.repeat(length);

/** Clocks going forward and back in New York and Berlin, far offsets, leap days, fractions; all spellings of one contract type. */
const TIMES = [
  '2026-03-08 01:59:59 -0500',
  '2026-03-08 03:00:00 -0400',
  '2026-11-01 01:30:00 -0400',
  '2026-11-01 01:30:00 -0500',
  '2026-03-29T01:59:59+01:00',
  '2026-03-29T03:00:00+02:00',
  '2026-10-25T02:30:00.5+02:00',
  '2026-10-25T02:30:00.123456+01:00',
  '2026-12-31 23:59:59 -1000',
  '2027-01-01 00:00:00 +1400',
  '2024-02-29 12:00:00 +0545',
  '2025-06-30T23:59:59.999999Z',
  '2025-01-01 00:00:00',
  '1969-12-31 23:59:59 -0930',
];
const MONEY = ['0', '0.01', '.5', '7', '19.9', '19.90', '1234567.89', '0009.10'];
const STATES = ['paid', 'pending', 'authorized', 'partially_paid', 'refunded', 'partially_refunded', 'voided'];

export interface Wanted {
  readonly seed: number;
  readonly orders: number;
  /** number of the first order */
  readonly first: number;
}

export function orderRows({ seed, orders, first }: Wanted): OrderRow[] {
  const random = randomOf(seed);
  return Array.from({ length: orders }, (_, index) => orderOf(random, first + index, index)).flat();
}

function orderOf(random: Random, number: number, index: number): OrderRow[] {
  const name = index === 0 ? `#${number}${full('🧾', 31 - String(number).length)}` : `#${number}`;
  const at = pick(random, TIMES);
  const lines = Array.from({ length: whole(random, 1, 4) }, (_, line) => lineOf(random, name, at, number, line));
  const [firstLine, ...others] = lines as [OrderRow, ...OrderRow[]];
  return [{ ...firstLine, ...headOf(random, number, index) }, ...others];
}

/** What belongs to the whole order stands on its first line. */
function headOf(random: Random, number: number, index: number): OrderRow {
  const some = (value: string): string => (random() < 0.3 ? '' : value);
  return {
    id: String(5_000_000_000_000 + number),
    email: some(`Käufer+${number}@Example.COM`),
    financial_status: pick(random, STATES),
    paid_at: some(pick(random, TIMES)),
    fulfillment_status: some(pick(random, ['fulfilled', 'partial', 'unfulfilled'])),
    fulfilled_at: some(pick(random, TIMES)),
    cancelled_at: random() < 0.1 ? pick(random, TIMES) : '',
    accepts_marketing: pick(random, ['true', 'false', 'yes', 'no', '']),
    currency: pick(random, ['EUR', 'USD', 'JPY']),
    subtotal: index === 1 ? '9999999999.99' : pick(random, MONEY),
    shipping: pick(random, MONEY),
    taxes: some(pick(random, MONEY)),
    total: index === 1 ? '9999999999.99' : pick(random, MONEY),
    discount_code: some(pick(random, TEXTS)),
    discount_amount: some(pick(random, MONEY)),
    refunded_amount: index === 2 ? '-9999999999.99' : some(pick(random, ['-12.34', '-0.01', '-0', '5.00'])),
    shipping_name: index === 3 ? full('🧦', 255) : some(pick(random, TEXTS)),
    shipping_street: index === 3 ? full('é\n', 256) : some(pick(random, TEXTS)),
    shipping_city: some(pick(random, TEXTS)),
    shipping_zip: some(pick(random, ['01067', '00000', 'SW1A 1AA', '1e5', ' 75002'])),
    shipping_country: some(pick(random, ['DE', 'NA', 'NO', 'FR'])),
    notes: index === 3 ? full('ü', 4000) : some(pick(random, TEXTS)),
    note_attributes: some(pick(random, TEXTS)),
    tags: some(pick(random, TEXTS)),
    billing_street: some(pick(random, TEXTS)),
    phone: some(`+49 ${number}`),
  };
}

function lineOf(random: Random, name: string, at: string, number: number, line: number): OrderRow {
  const isLargest = random() < 0.05;
  return {
    name,
    created_at: at,
    lineitem_quantity: isLargest ? '99' : String(whole(random, 1, 50)),
    lineitem_name: random() < 0.05 ? full('🧦', 255) : pick(random, TEXTS),
    lineitem_price: isLargest ? '9999999999.99' : pick(random, MONEY),
    lineitem_discount: random() < 0.3 ? pick(random, ['0', '0.00', '-0.05', '-3']) : '',
    lineitem_sku: `${number}/${line} ${pick(random, ['S', '"M"', 'L,', '🧦', "'x'", 'ä\\'])}`,
    lineitem_fulfillment_status: pick(random, ['fulfilled', 'pending', '']),
    lineitem_taxable: pick(random, ['true', 'false', 'TRUE', '0', '']),
    vendor: random() < 0.3 ? '' : pick(random, TEXTS),
    billing_name: pick(random, TEXTS),
  };
}

export interface CsvStyle {
  readonly newline?: '\n' | '\r\n';
  readonly bom?: boolean;
  /** quotation marks around each field, not only where they are needed */
  readonly quoteAll?: boolean;
  /** columns in another order than the contract's */
  readonly reversed?: boolean;
  readonly endsWithNewline?: boolean;
}

export function csvFile(rows: readonly OrderRow[], style: CsvStyle = {}): Buffer {
  const columns = style.reversed ? COLUMNS.toReversed() : COLUMNS;
  const records = [columns.map(headerOf), ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
  return csvOf(records, style);
}

function csvOf(records: readonly (readonly string[])[], style: CsvStyle): Buffer {
  const { newline = '\n', bom = false, quoteAll = false, endsWithNewline = true } = style;
  const field = (value: string): string =>
    quoteAll || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const text = records.map((record) => record.map(field).join(',')).join(newline);
  return Buffer.from(`${bom ? '\ufeff' : ''}${text}${endsWithNewline ? newline : ''}`);
}

export const gzipped = (file: Buffer): Buffer => gzipSync(file);

/** Numbers and booleans as such where their spelling is JSON's, and as strings elsewhere: exports do both. */
export function ndjsonFile(rows: readonly OrderRow[]): Buffer {
  const lines = rows.map((row) =>
    JSON.stringify(
      Object.fromEntries(
        COLUMNS.map((column) => {
          const value = row[column] ?? '';
          if (value === '') return [column, null];
          if (/quantity/.test(column)) return [column, Number(value)];
          if (/taxable|accepts/.test(column) && /^(true|false)$/.test(value)) return [column, value === 'true'];
          return [column, value];
        }),
      ),
    ),
  );
  return Buffer.from(`${lines.join('\n')}\n`);
}
