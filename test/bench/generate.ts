/**
 * Writes the benchmark's CSV: 12 mixed columns with quoted commas and newlines, Unicode and NULLs, 0.1 % of the rows bad in
 * eight ways. The same rows in, the same bytes out; what is bad is known without reading the file.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { ContractColumn } from '../../lib/tasks/common';

export const BENCH_COLUMNS: ContractColumn[] = [
  { name: 'order_id', type: { type: 'bigint' }, nullable: false, key: true },
  { name: 'customer_id', type: { type: 'integer' }, nullable: true, key: false },
  { name: 'ordered_at', type: { type: 'timestamp' }, nullable: true, key: false },
  { name: 'ship_date', type: { type: 'date' }, nullable: true, key: false },
  { name: 'status', type: { type: 'text', length: 20 }, nullable: true, key: false },
  { name: 'email', type: { type: 'text', length: 100 }, nullable: true, key: false },
  { name: 'address', type: { type: 'text', length: 200 }, nullable: true, key: false },
  { name: 'quantity', type: { type: 'integer' }, nullable: true, key: false },
  { name: 'amount', type: { type: 'decimal', precision: 12, scale: 2 }, nullable: true, key: false },
  { name: 'weight', type: { type: 'double' }, nullable: true, key: false },
  { name: 'paid', type: { type: 'boolean' }, nullable: true, key: false },
  { name: 'note', type: { type: 'text' }, nullable: true, key: false },
];

/** A row-wise model as users write them: a filter-free projection with an expression or two. */
export const BENCH_SQL = `
  select order_id, customer_id, ordered_at, ship_date, upper(status) as status, email, address,
         quantity, amount, cast(amount * quantity as decimal(18, 2)) as total, weight, paid, note
  from bench`;

export interface GeneratedReject {
  readonly offset: number;
  readonly line: number;
  readonly raw: string;
}

export interface Generated {
  readonly bytes: number;
  readonly rows: number;
  readonly rejects: readonly GeneratedReject[];
}

const STATUS = ['paid', 'pending', 'refunded', 'partially_refunded', 'voided', 'authorized'];
const STREETS = [
  'Unter den Linden',
  'Rue de l’Église',
  'Plaza España',
  '桜通り',
  'Main Street',
  'Øster Allé',
  'Strada Română',
];
const NOTES = ['', '', '', '', 'at the door', '"ring, twice"', '"say ""hi"""', '"two\nlines"', 'für Zoë 🎁'];

/** `allBad`: every row has a value of the wrong type. */
export function generate(path: string, rows: number, options: { allBad?: boolean } = {}): Generated {
  const file = openSync(path, 'w');
  const random = mulberry32(42);
  const rejects: GeneratedReject[] = [];
  const header = `${BENCH_COLUMNS.map((column) => column.name).join(',')}\n`;
  let pending = [header];
  let pendingLength = 0;
  let offset = Buffer.byteLength(header);
  let line = 2;
  for (let row = 1; row <= rows; row++) {
    const bad = options.allBad ? 0 : row % 1000 === 500 ? Math.floor(row / 1000) % BAD.length : -1;
    const record = bad < 0 ? goodRecord(row, random) : BAD[bad]!(row, random);
    if (bad >= 0) rejects.push({ offset, line, raw: record });
    pending.push(record, '\n');
    pendingLength += record.length + 1;
    offset += Buffer.byteLength(record) + 1;
    line += 1;
    for (let at = record.indexOf('\n'); at >= 0; at = record.indexOf('\n', at + 1)) line += 1;
    if (pendingLength > 1 << 20) {
      writeSync(file, pending.join(''));
      pending = [];
      pendingLength = 0;
    }
  }
  writeSync(file, pending.join(''));
  closeSync(file);
  return { bytes: offset, rows, rejects };
}

type Random = () => number;

function fields(row: number, random: Random): string[] {
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)]!;
  const two = (value: number) => String(value).padStart(2, '0');
  const month = two(1 + Math.floor(random() * 12));
  const day = two(1 + Math.floor(random() * 28));
  const time = `${two(Math.floor(random() * 24))}:${two(Math.floor(random() * 60))}:${two(Math.floor(random() * 60))}`;
  const customer = Math.floor(random() * 500_000);
  return [
    String(row),
    random() < 0.05 ? '' : String(customer),
    `2026-${month}-${day} ${time}`,
    random() < 0.1 ? '' : `2026-${month}-${day}`,
    pick(STATUS),
    `c${customer}@mail.com`,
    `"${1 + Math.floor(random() * 200)}, ${pick(STREETS)}"`,
    String(1 + Math.floor(random() * 9)),
    `${Math.floor(random() * 1000)}.${two(Math.floor(random() * 100))}`,
    (random() * 30).toFixed(3),
    random() < 0.5 ? 'true' : 'false',
    pick(NOTES),
  ];
}

const goodRecord = (row: number, random: Random) => fields(row, random).join(',');

function withField(index: number, value: string) {
  return (row: number, random: Random) => {
    const values = fields(row, random);
    values[index] = value;
    return values.join(',');
  };
}

const BAD: readonly ((row: number, random: Random) => string)[] = [
  withField(7, 'three'),
  withField(2, '2026-13-45 10:00:00'),
  withField(1, '99999999999'),
  (row, random) => `${goodRecord(row, random)},surplus`,
  (row, random) => fields(row, random).slice(0, 9).join(','),
  withField(4, 'a status that is longer than its column'),
  withField(8, '1.239'),
  withField(0, ''),
];

function mulberry32(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
