/** The compiled scanner, and the memory that it shares with the readers: records are scanned and written where they arrived. */
import type { ColumnType } from '../../../lib/tasks/common';
import { SCANNER_WASM } from './scan.wasm';

interface Exports {
  scan(from: number, end: number, most: number): number;
  readonly good: WebAssembly.Global;
  readonly lines: WebAssembly.Global;
  readonly careful: WebAssembly.Global;
  readonly delimiter: WebAssembly.Global;
  readonly quote: WebAssembly.Global;
  readonly columns: WebAssembly.Global;
  readonly nullLength: WebAssembly.Global;
  readonly crlf: WebAssembly.Global;
}

const PAGE_BYTES = 64 * 1024;
const NULL_TEXT = 16;
const COLUMNS = 1024;
const COLUMN_BYTES = 16;
const DATA = 2 * PAGE_BYTES;
/** SIMD loads look this far beyond the data. */
const SLACK_BYTES = 64;
const MOST_COLUMNS = (PAGE_BYTES - COLUMNS) / COLUMN_BYTES;
const MOST_NULL_TEXT = COLUMNS - NULL_TEXT;
const UNLIMITED = 0x7fffffff;

export interface ScannedColumn {
  /** absent: ignored, any text will do */
  readonly type?: ColumnType;
  readonly nullable: boolean;
}

export interface ScannerOptions {
  readonly columns: readonly ScannedColumn[];
  readonly delimiter: number;
  readonly quote: number;
  readonly crlf: boolean;
  readonly nullText?: string | undefined;
}

let compiled: WebAssembly.Module | undefined;

/** Two areas of `areaBytes`: while one is being written to disk, the other fills. */
export function scannerMemory(areaBytes: number): { memory: WebAssembly.Memory; areas: readonly [number, number] } {
  const stride = areaBytes + SLACK_BYTES;
  const initial = Math.ceil((DATA + 2 * stride) / PAGE_BYTES);
  return { memory: new WebAssembly.Memory({ initial }), areas: [DATA, DATA + stride] };
}

export interface Scanner {
  /** Passes over good records in [from, end), at most `most`; returns the start of the first record that it does not pass. */
  scan(from: number, end: number, most: number): number;
  /** good records of the last call */
  readonly good: number;
  /** lines of these */
  readonly lines: number;
  /** whether it stopped because of the record; else the data ended */
  readonly careful: boolean;
}

/** Undefined where it cannot help: then every record is read carefully. */
export function createScanner(memory: WebAssembly.Memory, options: ScannerOptions): Scanner | undefined {
  const nullText = Buffer.from(options.nullText ?? '');
  if (options.columns.length > MOST_COLUMNS || nullText.length > MOST_NULL_TEXT) return undefined;
  compiled ??= new WebAssembly.Module(Buffer.from(SCANNER_WASM, 'base64'));
  const exports = new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Exports;
  new Uint8Array(memory.buffer).set(nullText, NULL_TEXT);
  const table = new Int32Array(memory.buffer, COLUMNS, options.columns.length * 4);
  options.columns.forEach(({ type, nullable }, index) => {
    table.set([...kindOf(type), nullable ? 1 : 0], index * 4);
  });
  exports.delimiter.value = options.delimiter;
  exports.quote.value = options.quote;
  exports.columns.value = options.columns.length;
  exports.nullLength.value = nullText.length;
  exports.crlf.value = options.crlf ? 1 : 0;
  return {
    scan: exports.scan,
    get good() {
      return exports.good.value as number;
    },
    get lines() {
      return exports.lines.value as number;
    },
    get careful() {
      return exports.careful.value === 1;
    },
  };
}

/** Kind, limit and scale as `scan.assembly.ts` knows them. */
function kindOf(type: ColumnType | undefined): [kind: number, limit: number, scale: number] {
  switch (type?.type) {
    case undefined:
      return [0, UNLIMITED, 0];
    case 'text':
      return [0, type.length ?? UNLIMITED, 0];
    case 'integer':
      return [1, 9, 0];
    case 'bigint':
      return [1, 18, 0];
    case 'decimal':
      return [2, type.precision - type.scale, type.scale];
    case 'double':
      return [2, 15, 15];
    case 'boolean':
      return [3, 0, 0];
    case 'date':
      return [4, 0, 0];
    case 'timestamp':
      return type.timezone === undefined || type.timezone === 'UTC' ? [5, 0, 0] : [6, 0, 0];
    case 'json':
      return [6, 0, 0];
  }
}
