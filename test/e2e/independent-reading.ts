/**
 * What the tables must hold, worked out from the files by other means than the product's: csv-parse, JSON.parse, and the models
 * written out in TypeScript.
 */
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { COLUMNS } from './order-files';

export type Cell = string | null;
export type TableRow = Readonly<Record<string, Cell>>;

/** One good row of a file, as the contract types it. */
type Typed = Readonly<Record<string, Cell>>;

export interface FileReading {
  readonly lines: readonly TableRow[];
  readonly orders: readonly TableRow[];
  readonly rejected: number;
}

export function readFile(key: string, body: Buffer): FileReading {
  const records = key.endsWith('.ndjson')
    ? jsonRecords(body)
    : csvRecords(key.endsWith('.gz') ? gunzipSync(body) : body);
  const good: Typed[] = [];
  let rejected = 0;
  for (const record of records) {
    const row = record === undefined ? undefined : typed(record);
    if (row === undefined) rejected += 1;
    else good.push(row);
  }
  return { lines: good.map(orderLine), orders: ordersOf(good), rejected };
}

type Raw = Readonly<Record<string, string>>;

/** Undefined: a record whose number of fields is wrong. */
function csvRecords(body: Buffer): (Raw | undefined)[] {
  const [header = [], ...records] = parse(body, { bom: true, relax_column_count: true }) as string[][];
  const columns = header.map((name) => name.toLowerCase().replaceAll(' ', '_'));
  return records.map((record) =>
    record.length === columns.length
      ? Object.fromEntries(columns.map((column, index) => [column, record[index] ?? '']))
      : undefined,
  );
}

function jsonRecords(body: Buffer): Raw[] {
  return body
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const value = JSON.parse(line) as Record<string, unknown>;
      return Object.fromEntries(COLUMNS.map((column) => [column, String(value[column] ?? '')]));
    });
}

const MONEY = new Set(
  'subtotal shipping taxes total discount_amount lineitem_price lineitem_discount refunded_amount'.split(' '),
);
const TIMES = new Set('created_at paid_at fulfilled_at cancelled_at'.split(' '));
const REQUIRED = 'name created_at lineitem_quantity lineitem_name lineitem_price lineitem_sku'.split(' ');

/** Undefined: a row that belongs into quarantine. */
function typed(raw: Raw): Typed | undefined {
  if (REQUIRED.some((column) => raw[column] === '')) return undefined;
  const row: Record<string, Cell> = {};
  for (const [column, text] of Object.entries(raw)) {
    let value: Cell | undefined = text === '' ? null : text;
    if (value !== null && MONEY.has(column)) value = money(value);
    if (value !== null && value !== undefined && TIMES.has(column)) value = utc(value);
    if (value !== null && column === 'lineitem_quantity')
      value = /^\d{1,9}$/.test(text) ? String(Number(text)) : undefined;
    if (column === 'currency' && text.length > 3) value = undefined;
    if (value === undefined) return undefined;
    row[column] = value;
  }
  return row;
}

/** In cents, so that nothing is rounded. */
const cents = (amount: string): bigint => BigInt(amount.replace('.', ''));
function amountOf(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(3, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function money(text: string): string | undefined {
  const match = /^(-?)(\d*)(?:\.(\d{0,2}))?$/.exec(text);
  if (!match) return undefined;
  const value = BigInt(`${match[2] || '0'}${(match[3] ?? '').padEnd(2, '0')}`);
  return amountOf(match[1] === '-' ? -value : value);
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC, as the databases show a timestamp. */
function utc(text: string): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}:\d{2})(?:\.(\d+))? ?(?:Z|([+-]\d{2}):?(\d{2}))?$/.exec(text);
  if (!match) return undefined;
  const [, day = '', time, fraction, hours = '+00', minutes = '00'] = match;
  const instant = new Date(`${day}T${time}${hours}:${minutes}`);
  // The calendar of Date rolls over: 31 April would be 1 May.
  const rolls = new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day;
  if (Number.isNaN(instant.getTime()) || rolls) return undefined;
  return `${instant.toISOString().slice(0, 19).replace('T', ' ')}${fraction ? `.${fraction.replace(/0+$/, '')}` : ''}`;
}

/** order_lines.sql */
function orderLine(row: Typed): TableRow {
  const discount = row.lineitem_discount ?? '0.00';
  const quantity = row.lineitem_quantity ?? '';
  return {
    order_name: row.name ?? null,
    sku: row.lineitem_sku ?? null,
    title: row.lineitem_name ?? null,
    vendor: row.vendor ?? null,
    quantity,
    unit_price: row.lineitem_price ?? null,
    discount,
    amount: amountOf(BigInt(quantity) * cents(row.lineitem_price ?? '') - cents(discount)),
    fulfillment_status: row.lineitem_fulfillment_status ?? null,
    ordered_at: row.created_at ?? null,
    ordered_on: row.created_at?.slice(0, 10) ?? null,
  };
}

const OF_THE_ORDER = {
  order_id: 'id',
  email: 'email',
  financial_status: 'financial_status',
  fulfillment_status: 'fulfillment_status',
  paid_at: 'paid_at',
  cancelled_at: 'cancelled_at',
  currency: 'currency',
  subtotal: 'subtotal',
  shipping: 'shipping',
  taxes: 'taxes',
  total: 'total',
  discount_code: 'discount_code',
  discount_amount: 'discount_amount',
  refunded_amount: 'refunded_amount',
  shipping_name: 'shipping_name',
  shipping_street: 'shipping_street',
  shipping_city: 'shipping_city',
  shipping_zip: 'shipping_zip',
  shipping_country: 'shipping_country',
};

/** orders.sql: the first value that there is among an order's lines, and sums over them */
function ordersOf(rows: readonly Typed[]): TableRow[] {
  const byName = new Map<string, Typed[]>();
  for (const row of rows) byName.set(row.name ?? '', [...(byName.get(row.name ?? '') ?? []), row]);
  return [...byName].map(([name, lines]) => {
    const first = (column: string): Cell => lines.find((line) => line[column] !== null)?.[column] ?? null;
    return {
      order_name: name,
      ...Object.fromEntries(Object.entries(OF_THE_ORDER).map(([to, from]) => [to, first(from)])),
      email: first('email')?.toLowerCase() ?? null,
      refunded_amount: first('refunded_amount') ?? '0.00',
      ordered_at: lines.map((line) => line.created_at ?? '').sort()[0] ?? null,
      line_count: String(lines.length),
      item_count: String(lines.reduce((sum, line) => sum + Number(line.lineitem_quantity), 0)),
    };
  });
}

export interface Tables {
  /** Redshift */
  readonly order_lines: readonly TableRow[];
  /** Redshift and Aurora */
  readonly orders: readonly TableRow[];
  /** the lake: appended, so each load's rows stay */
  readonly lake: readonly TableRow[];
}

/** The tables after the files were loaded one after the other, each once. */
export function tablesOf(files: readonly FileReading[]): Tables {
  const merged = (rows: readonly TableRow[], keys: readonly string[]): TableRow[] => [
    ...new Map(rows.map((row) => [JSON.stringify(keys.map((key) => row[key])), row])).values(),
  ];
  const lines = files.flatMap((file) => file.lines);
  return {
    order_lines: sorted(merged(lines, ['order_name', 'sku'])),
    orders: sorted(
      merged(
        files.flatMap((file) => file.orders),
        ['order_name'],
      ),
    ),
    lake: sorted(lines),
  };
}

/** By all values, so that tables compare whatever order they are read in. */
export function sorted(rows: readonly TableRow[]): TableRow[] {
  return rows
    .map((row) => [JSON.stringify(Object.entries(row).sort()), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, row]) => row);
}
