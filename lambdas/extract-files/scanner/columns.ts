/**
 * The rows of one row group, column by column, in the scanner's memory: the scanner adds good records, `append` adds what the
 * careful reader has judged. `scan.assembly.ts` knows the same layout.
 */
import type { ColumnType, ContractColumn } from '../../../lib/tasks/common';
import type { Protect, Protection } from '../../shared/pii';
import type { ColumnValues, ParquetColumn, RowGroup } from '../parquet';
import { SCANNER_WASM } from './scan.wasm';

export interface StoredColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** in the file, but nobody wants it */
  readonly ignored: boolean;
  /** written in a way that only the careful reader understands */
  readonly careful?: boolean | undefined;
  /** personal data: stored as it is, in memory alone, and handed out as its mask or hash */
  readonly pii?: ContractColumn['pii'];
  /** of a text, at most */
  readonly mostBytes?: number | undefined;
}

export interface StoreOptions {
  readonly columns: readonly StoredColumn[];
  /** adds `_row`: the record's number */
  readonly numbered: boolean;
  /** of columns with personal data */
  readonly protection?: Protection | undefined;
  /** bytes for data to scan */
  readonly inputBytes: number;
  readonly nullText?: string | undefined;
}

interface Exports {
  scan(from: number, end: number): number;
  readonly lines: WebAssembly.Global;
  readonly status: WebAssembly.Global;
  readonly row: WebAssembly.Global;
  readonly mostRows: WebAssembly.Global;
  readonly ordinal: { value: bigint };
  readonly ordinals: WebAssembly.Global;
  readonly delimiter: WebAssembly.Global;
  readonly quote: WebAssembly.Global;
  readonly columns: WebAssembly.Global;
  readonly nullLength: WebAssembly.Global;
  readonly crlf: WebAssembly.Global;
}

const PAGE_BYTES = 64 * 1024;
const NULL_TEXT = 16;
const TABLE = 1024;
const ENTRY_BYTES = 64;
const DATA = 2 * PAGE_BYTES;
/** SIMD reads and writes this far beyond the end. */
const SLACK_BYTES = 64;
/** Small groups keep the memory small; DuckDB makes large ones of them. */
const MOST_ROWS = 32 * 1024;
/** Holds the longest record, so that what does not fit beside others fits alone. Pages that nothing touches cost nothing. */
const TEXT_BYTES = 2 * 1024 * 1024 + 256 * 1024;
const MOST_COLUMNS = (PAGE_BYTES - TABLE) / ENTRY_BYTES;
const MOST_NULL_TEXT = TABLE - NULL_TEXT;
const UNLIMITED = 0x7fffffff;

/** Members of a column in the table. */
const [KIND, LIMIT, SCALE, NULLABLE, VALUES, CAPACITY, NULLS, USED, VALIDITY] = [0, 4, 8, 12, 16, 20, 24, 28, 32];

type Kind = 'text' | 'int32' | 'int64' | 'decimal32' | 'decimal64' | 'double' | 'boolean' | 'date' | 'timestamp';
const KINDS: readonly Kind[] = [
  'text',
  'int32',
  'int64',
  'decimal32',
  'decimal64',
  'double',
  'boolean',
  'date',
  'timestamp',
];
/** Every record goes to the careful reader. */
const CAREFUL = 9;
const IGNORED = 10;
const WIDTHS: Readonly<Record<Kind, number>> = {
  text: 0,
  int32: 4,
  int64: 8,
  decimal32: 4,
  decimal64: 8,
  double: 8,
  boolean: 0.125,
  date: 4,
  timestamp: 8,
};

interface Placed {
  /** in the file */
  readonly index: number;
  readonly column: StoredColumn;
  readonly kind: Kind;
  readonly entry: number;
  readonly values: number;
  readonly validity: number;
}

let compiled: WebAssembly.Module | undefined;

export class ColumnStore {
  readonly bytes: Buffer;
  /** where data to scan goes */
  readonly input: number;
  readonly parquet: readonly ParquetColumn[];
  private readonly view: DataView;
  private readonly exports: Exports;
  private readonly all: readonly Placed[];
  /** those that somebody wants */
  private readonly placed: readonly Placed[];
  private readonly ordinals: number;
  private readonly protection: Protection | undefined;
  /** whether the scanner can help; else every record is read carefully */
  readonly canScan: boolean;

  constructor(options: StoreOptions) {
    const { columns, inputBytes, numbered } = options;
    this.protection = options.protection;
    const nullText = Buffer.from(options.nullText ?? '');
    this.canScan = columns.length <= MOST_COLUMNS && nullText.length <= MOST_NULL_TEXT;
    let next = DATA;
    const take = (bytes: number) => {
      const at = next;
      next += (Math.ceil(bytes) + SLACK_BYTES + 7) & ~7;
      return at;
    };
    this.input = take(inputBytes);
    const table = this.canScan ? TABLE : take(columns.length * ENTRY_BYTES);
    const scratch = columns.some(({ ignored }) => ignored) ? take(TEXT_BYTES) : 0;
    const places = columns.map((column, index) => {
      const kind = kindOf(column.type);
      const bytes = kind === 'text' ? TEXT_BYTES : MOST_ROWS * WIDTHS[kind];
      const values = column.ignored ? scratch : take(bytes);
      const validity = take(MOST_ROWS / 8);
      return { index, column, kind, entry: table + index * ENTRY_BYTES, values, validity };
    });
    this.ordinals = numbered ? take(MOST_ROWS * 8) : 0;
    const memory = new WebAssembly.Memory({ initial: Math.ceil(next / PAGE_BYTES) });
    this.bytes = Buffer.from(memory.buffer);
    this.view = new DataView(memory.buffer);
    compiled ??= new WebAssembly.Module(Buffer.from(SCANNER_WASM, 'base64'));
    this.exports = new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Exports;
    for (const place of places) this.describe(place);
    this.bytes.set(nullText.subarray(0, MOST_NULL_TEXT), NULL_TEXT);
    this.exports.nullLength.value = nullText.length;
    this.exports.columns.value = columns.length;
    this.exports.mostRows.value = MOST_ROWS;
    this.exports.ordinals.value = this.ordinals;
    this.all = places;
    this.placed = places.filter(({ column }) => !column.ignored);
    this.reset();
    this.parquet = [
      ...this.placed.map(({ column, kind }) => parquetColumn(column, kind)),
      ...(numbered ? [{ name: '_row', type: 'INT64' as const }] : []),
    ];
  }

  /** Rows in the columns now. */
  get rows(): number {
    return this.exports.row.value;
  }

  /** Good and bad ones so far. */
  get records(): number {
    return Number(this.exports.ordinal.value);
  }

  setDialect({ delimiter, quote, crlf }: { delimiter: number; quote: number; crlf: boolean }): void {
    this.exports.delimiter.value = delimiter;
    this.exports.quote.value = quote;
    this.exports.crlf.value = crlf ? 1 : 0;
  }

  /** Reads good records in [from, end) into the columns. `careful`: the record at `at` is not plainly good. */
  scan(from: number, end: number): { at: number; lines: number; status: 'end' | 'careful' | 'full' } {
    const at = this.exports.scan(from, end);
    const { lines, status } = this.exports;
    return { at, lines: lines.value, status: status.value === 0 ? 'end' : status.value === 1 ? 'careful' : 'full' };
  }

  /** Counts a record that is not among the rows. */
  countReject(): void {
    this.exports.ordinal.value++;
  }

  /**
   * Adds a row of judged values (see `judge-value.ts`), one for each column of the file, NULL as null. Returns false if it has
   * no room, and then nothing is added.
   */
  append(values: readonly (string | null)[]): boolean {
    const row = this.rows;
    if (row >= MOST_ROWS || !this.hasRoom(values)) return false;
    for (const place of this.placed) {
      const value = values[place.index];
      if (value === null || value === undefined) this.putNull(place, row);
      else this.put(place, row, value);
    }
    this.exports.ordinal.value++;
    if (this.ordinals) this.view.setBigInt64(this.ordinals + row * 8, this.exports.ordinal.value, true);
    this.exports.row.value = row + 1;
    return true;
  }

  /** What is in the columns; valid until `reset`. */
  rowGroup(): RowGroup {
    const rows = this.rows;
    const columns = this.placed.map(({ column, kind, entry, values, validity }): ColumnValues => {
      const count = rows - this.view.getInt32(entry + NULLS!, true);
      // Bits behind the last value may be of a record that was taken back.
      if (kind === 'boolean' && count & 7) this.bytes[values + (count >> 3)]! &= (1 << (count & 7)) - 1;
      const length = kind === 'text' ? this.view.getInt32(entry + USED!, true) : Math.ceil(count * WIDTHS[kind]);
      const given = this.bytes.subarray(values, values + length);
      return {
        values: column.pii === undefined ? given : protectedTexts(given, count, this.protectionOf(column)),
        validity: count === rows ? undefined : this.bytes.subarray(validity, validity + MOST_ROWS / 8),
      };
    });
    if (this.ordinals) {
      columns.push({ values: this.bytes.subarray(this.ordinals, this.ordinals + rows * 8), validity: undefined });
    }
    return { rows, columns };
  }

  /** Values, without NULLs, that were in the columns before they were emptied; by the columns' names. */
  readonly filled = new Map<string, number>();

  private protectionOf(column: StoredColumn): Protect {
    const protect = this.protection?.of(column);
    if (protect === undefined) throw new Error(`There is nothing to protect the personal data in ${column.name} with.`);
    return protect;
  }

  reset(): void {
    for (const { column, entry } of this.placed) {
      const values = this.rows - this.view.getInt32(entry + NULLS!, true);
      this.filled.set(column.name, (this.filled.get(column.name) ?? 0) + values);
    }
    for (const { entry, validity } of this.all) {
      this.view.setInt32(entry + NULLS!, 0, true);
      this.view.setInt32(entry + USED!, 0, true);
      this.bytes.fill(255, validity, validity + MOST_ROWS / 8);
    }
    this.exports.row.value = 0;
  }

  private describe({ column, kind, entry, values, validity }: Placed): void {
    const { type, nullable, ignored, careful, mostBytes } = column;
    const { view } = this;
    const [limit, scale] = limits(type, mostBytes);
    view.setInt32(entry + KIND!, ignored ? IGNORED : isScanned(type) && !careful ? KINDS.indexOf(kind) : CAREFUL, true);
    view.setInt32(entry + LIMIT!, ignored ? UNLIMITED : limit, true);
    view.setInt32(entry + SCALE!, scale, true);
    view.setInt32(entry + NULLABLE!, nullable || ignored ? 1 : 0, true);
    view.setInt32(entry + VALUES!, values, true);
    view.setInt32(entry + CAPACITY!, TEXT_BYTES, true);
    view.setInt32(entry + VALIDITY!, validity, true);
  }

  private hasRoom(values: readonly (string | null)[]): boolean {
    for (const { index, kind, entry } of this.placed) {
      const value = values[index];
      if (kind !== 'text' || value === null || value === undefined) continue;
      // Three bytes for each UTF-16 unit at most; exact only where it is tight.
      const used = this.view.getInt32(entry + USED!, true) + 4;
      if (used + value.length * 3 > TEXT_BYTES && used + Buffer.byteLength(value) > TEXT_BYTES) return false;
    }
    return true;
  }

  private put({ column, kind, entry, values }: Placed, row: number, value: string): void {
    const { view } = this;
    const count = row - view.getInt32(entry + NULLS!, true);
    switch (kind) {
      case 'text': {
        const used = view.getInt32(entry + USED!, true);
        const length = this.bytes.write(value, values + used + 4);
        view.setInt32(values + used, length, true);
        view.setInt32(entry + USED!, used + 4 + length, true);
        break;
      }
      case 'int32':
        view.setInt32(values + count * 4, Number(value), true);
        break;
      case 'int64':
        view.setBigInt64(values + count * 8, BigInt(value), true);
        break;
      case 'decimal32':
        view.setInt32(values + count * 4, Number(unscaled(value, column.type)), true);
        break;
      case 'decimal64':
        view.setBigInt64(values + count * 8, BigInt(unscaled(value, column.type)), true);
        break;
      case 'double':
        view.setFloat64(values + count * 8, Number(value), true);
        break;
      case 'boolean': {
        const byte = values + (count >> 3);
        const bit = 1 << (count & 7);
        this.bytes[byte] = value === 'true' ? this.bytes[byte]! | bit : this.bytes[byte]! & ~bit;
        break;
      }
      case 'date':
        view.setInt32(values + count * 4, Date.parse(`${value}T00:00:00Z`) / 86_400_000, true);
        break;
      case 'timestamp': {
        const seconds = BigInt(Date.parse(`${value.slice(0, 10)}T${value.slice(11, 19)}Z`) / 1000);
        view.setBigInt64(values + count * 8, seconds * 1_000_000n + BigInt(value.slice(20).padEnd(6, '0') || 0), true);
      }
    }
  }

  private putNull({ entry, validity }: Placed, row: number): void {
    this.bytes[validity + (row >> 3)]! &= ~(1 << (row & 7));
    this.view.setInt32(entry + NULLS!, this.view.getInt32(entry + NULLS!, true) + 1, true);
  }
}

/** Each text, behind its length, as its mask or hash. */
function protectedTexts(given: Buffer, count: number, protect: Protect): Buffer {
  const texts: string[] = [];
  for (let at = 0; texts.length < count; ) {
    const end = at + 4 + given.readInt32LE(at);
    texts.push(protect(given.toString('utf8', at + 4, end)));
    at = end;
  }
  const made = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0));
  let at = 0;
  for (const text of texts) {
    const length = made.write(text, at + 4);
    made.writeInt32LE(length, at);
    at += 4 + length;
  }
  return made;
}

function kindOf(type: ColumnType): Kind {
  switch (type.type) {
    case 'integer':
      return 'int32';
    case 'bigint':
      return 'int64';
    case 'decimal':
      return type.precision <= 9 ? 'decimal32' : type.precision <= 18 ? 'decimal64' : 'text';
    case 'double':
    case 'boolean':
    case 'date':
    case 'timestamp':
      return type.type;
    case 'text':
    case 'json':
      return 'text';
  }
}

/** Wide decimals, JSON and times of a zone are stored like others, but only the careful reader understands them. */
function isScanned(type: ColumnType): boolean {
  if (type.type === 'json') return false;
  if (type.type === 'decimal') return type.precision <= 18;
  return type.type !== 'timestamp' || type.timezone === undefined || type.timezone === 'UTC';
}

/** Digits before the point, or bytes of a text; and digits behind the point. */
function limits(type: ColumnType, mostBytes = UNLIMITED): [limit: number, scale: number] {
  switch (type.type) {
    case 'integer':
      return [9, 0];
    case 'bigint':
      return [18, 0];
    case 'decimal':
      return [type.precision - type.scale, type.scale];
    case 'double':
      return [15, 15];
    case 'text':
      return [Math.min(type.length ?? UNLIMITED, mostBytes), 0];
    default:
      return [UNLIMITED, 0];
  }
}

function parquetColumn({ name, type }: StoredColumn, kind: Kind): ParquetColumn {
  switch (kind) {
    case 'text':
      return { name, type: 'BYTE_ARRAY', converted: 'UTF8' };
    case 'int32':
      return { name, type: 'INT32' };
    case 'int64':
      return { name, type: 'INT64' };
    case 'decimal32':
    case 'decimal64': {
      const { precision, scale } = type as Extract<ColumnType, { type: 'decimal' }>;
      return { name, type: kind === 'decimal32' ? 'INT32' : 'INT64', converted: 'DECIMAL', precision, scale };
    }
    case 'double':
      return { name, type: 'DOUBLE' };
    case 'boolean':
      return { name, type: 'BOOLEAN' };
    case 'date':
      return { name, type: 'INT32', converted: 'DATE' };
    case 'timestamp':
      return { name, type: 'INT64', converted: 'TIMESTAMP_MICROS' };
  }
}

/** `-1.5` at scale 2 is -150. */
function unscaled(value: string, type: ColumnType): string {
  const { scale } = type as Extract<ColumnType, { type: 'decimal' }>;
  const [whole, fraction = ''] = value.split('.');
  return whole + fraction.padEnd(scale, '0');
}
