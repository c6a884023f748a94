/** Rows of a Parquet object in S3. Only the ranges that hold them are read, so its size does not matter. */
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Cell, type Column, cellOf, type Piece, pieceOf, type Rows } from './cells';
import type { Connection } from './connection';
import { s3Of } from './connection';
import { Refused } from './errors';

export interface ParquetRows extends Rows {
  /** of the object */
  readonly total: number;
  /** number of the first one shown, from 0 */
  readonly from: number;
}

interface Place {
  readonly bucket: string;
  readonly key: string;
}

/** A row group is decoded as a whole. */
const MOST_BYTES_AT_ONCE = 64 * 1024 * 1024;

export async function parquetRows(
  connection: Pick<Connection, 'client'>,
  place: Place,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<ParquetRows> {
  const { columns, values, total } = await read(connection, place, { from, limit });
  const rows = values.map((row, index) =>
    row.map((value, column): Cell => {
      if (typeof value !== 'string') return value;
      const whole = () => ({ key: place.key, row: String(from + index), column: columns[column]!.name });
      return cellOf(value, whole);
    }),
  );
  return { columns, rows, total, from };
}

/** One value, from character `from` on. @throws {Refused} */
export async function parquetCell(
  connection: Pick<Connection, 'client'>,
  place: Place,
  { row, column, from }: { readonly row: number; readonly column: string; readonly from: number },
): Promise<Piece> {
  const { columns, values } = await read(connection, place, { from: row, limit: 1, only: column });
  const value = values[0]?.[columns.findIndex(({ name }) => name === column)];
  if (value === undefined) throw new Refused(`${place.key} has no row ${row}.`);
  return pieceOf(String(value), from);
}

type Value = string | number | boolean | null;

interface Wanted {
  readonly from: number;
  readonly limit: number;
  readonly only?: string;
}

async function read(
  connection: Pick<Connection, 'client'>,
  place: Place,
  { from, limit, only }: Wanted,
): Promise<{ columns: Column[]; values: Value[][]; total: number }> {
  // Both are large: whoever looks at no Parquet need not load them.
  const [{ ParquetFile }, { tableFromIPC }] = await Promise.all([import('parquet-wasm/node'), import('apache-arrow')]);
  const file = await ParquetFile.fromFile((await openObject(connection, place)) as unknown as Blob);
  try {
    const names = tableFromIPC(file.schema().intoIPCStream()).schema.fields.map(({ name }) => name);
    if (only !== undefined && !names.includes(only)) throw new Refused(`${place.key} has no column '${only}'.`);
    const groups = file.metadata().rowGroups();
    const total = groups.reduce((sum, group) => sum + group.numRows(), 0);
    const wanted: number[] = [];
    let begin = 0;
    let skipped = 0;
    let bytes = 0;
    for (const [index, group] of groups.entries()) {
      const end = begin + group.numRows();
      if (end <= from) skipped = end;
      else if (begin < from + limit) {
        wanted.push(index);
        bytes += group.compressedSize();
      }
      begin = end;
    }
    if (bytes > MOST_BYTES_AT_ONCE)
      throw new Refused(
        `${place.key} keeps its rows in groups of ${Math.round(bytes / 1024 / 1024)} MB, too much to look into here. Ask the table, with Athena or DuckDB.`,
      );
    const table = await file.read({
      rowGroups: wanted,
      offset: from - skipped,
      limit: wanted.length === 0 ? 0 : limit,
      ...(only === undefined ? {} : { columns: [only] }),
    });
    const arrow = tableFromIPC(table.intoIPCStream());
    const { fields } = arrow.schema;
    const vectors = fields.map((_, index) => arrow.getChildAt(index)!);
    return {
      columns: fields.map(({ name, type, nullable }) => ({ name, type: typeText(type), nullable })),
      values: Array.from({ length: arrow.numRows }, (_, row) =>
        vectors.map((vector, index) => shownValue(vector.get(row), fields[index]!.type as ArrowType)),
      ),
      total,
    };
  } finally {
    file.free();
  }
}

/** What the reader asks of a Blob: slices, each with its bytes. */
class ObjectRange {
  constructor(
    private readonly s3: S3Client,
    private readonly place: Place,
    private readonly etag: string | undefined,
    private readonly begin: number,
    private readonly end: number,
  ) {}

  get size(): number {
    return this.end - this.begin;
  }

  slice(begin: number, end: number): ObjectRange {
    return new ObjectRange(this.s3, this.place, this.etag, this.begin + begin, this.begin + end);
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    const { bucket: Bucket, key: Key } = this.place;
    const Range = `bytes=${this.begin}-${this.end - 1}`;
    const { Body } = await this.s3.send(new GetObjectCommand({ Bucket, Key, Range, IfMatch: this.etag }));
    const bytes = await Body!.transformToByteArray();
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  }
}

async function openObject(connection: Pick<Connection, 'client'>, place: Place): Promise<ObjectRange> {
  const s3 = s3Of(connection);
  try {
    const { ContentLength = 0, ETag } = await s3.send(new HeadObjectCommand({ Bucket: place.bucket, Key: place.key }));
    return new ObjectRange(s3, place, ETag, 0, ContentLength);
  } catch (error) {
    if ((error as Error).name === 'NotFound') throw new Refused(`There is no part ${place.key} any longer.`);
    throw error;
  }
}

/** Of Arrow, by its number: `Type` of apache-arrow. */
interface ArrowType {
  readonly typeId: number;
  readonly scale?: number;
  readonly precision?: number;
}
const BINARY = 4;
const DECIMAL = 7;
const DATE = 8;
const TIMESTAMP = 10;

function typeText(type: { toString(): string } & object): string {
  const { typeId, precision, scale } = type as ArrowType;
  if (typeId === DATE) return 'date';
  if (typeId === DECIMAL) return `decimal(${precision},${scale})`;
  return TYPES[String(type)] ?? String(type).toLowerCase().replace(/<.*$/s, '');
}

const TYPES: Readonly<Record<string, string>> = {
  Utf8: 'text',
  Int64: 'bigint',
  Int32: 'integer',
  Float64: 'double',
  Bool: 'boolean',
};

function shownValue(value: unknown, type: ArrowType): Value {
  if (value === null || value === undefined) return null;
  switch (type.typeId) {
    case DECIMAL:
      return decimalText(value as Uint32Array, type.scale ?? 0);
    case DATE:
      return new Date(Number(value)).toISOString().slice(0, 10);
    case TIMESTAMP:
      return new Date(Number(value)).toISOString().replace('T', ' ').replace('Z', '');
    case BINARY:
      return `\\x${Buffer.from(value as Uint8Array).toString('hex')}`;
    default:
  }
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value === 'object')
    return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? one.toString() : one));
  return value as Value;
}

/** Of 128 bits, the lowest 32 first. */
function decimalText(words: Uint32Array, scale: number): string {
  const bits = words.reduce((sum, word, index) => sum | (BigInt(word) << BigInt(32 * index)), 0n);
  const value = BigInt.asIntN(32 * words.length, bits);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${value < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`;
}
