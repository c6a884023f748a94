/** One batch of columns as a Parquet file, through Arrow. Runs in a thread of its own where it can (`parquet-worker.ts`). */
import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMicrosecond,
  tableToIPC,
  Utf8,
} from 'apache-arrow';
import {
  Compression,
  EnabledStatistics,
  Table as ParquetTable,
  WriterPropertiesBuilder,
  writeParquet,
} from 'parquet-wasm/node';
import type { ColumnType } from '../../../lib/tasks/common';

/** A column's values of one batch, in Arrow's layout. */
export interface ColumnData {
  readonly name: string;
  readonly type: ColumnType;
  readonly values: Uint8Array<ArrayBuffer>;
  /** of texts: where each ends */
  readonly offsets?: Int32Array<ArrayBuffer>;
  /** a bit for each row, from the lowest; absent: no row is NULL */
  readonly validity?: Uint8Array<ArrayBuffer>;
}

/** As extract-files writes them: readers take them side by side. */
const ROW_GROUP_ROWS = 61_440;

export function encodeParquet(columns: readonly ColumnData[], rows: number): Uint8Array<ArrayBuffer> {
  const fields = columns.map(({ name, type }) => new Field(name, arrowType(type), true));
  const children = columns.map((column, index) => columnData(column, fields[index]!.type, rows));
  const struct = makeData({ type: new Struct(fields), length: rows, nullCount: 0, children });
  const schema = new Schema(fields);
  const table = new Table(schema, [new RecordBatch(schema, struct)]);
  // What is staged is read once or twice, and whole: looking for repeated values and for the least and the greatest costs more time than it saves,
  // and Snappy takes a quarter of ZSTD's.
  const options = new WriterPropertiesBuilder()
    .setCompression(Compression.SNAPPY)
    .setDictionaryEnabled(false)
    .setStatisticsEnabled(EnabledStatistics.None)
    .setMaxRowGroupSize(ROW_GROUP_ROWS)
    .setCreatedBy('stepwell')
    .build();
  // Both free what they are given.
  return writeParquet(ParquetTable.fromIPCStream(tableToIPC(table, 'stream')), options) as Uint8Array<ArrayBuffer>;
}

/** Parquet gets from them what DuckDB writes for the same contract: a timestamp without zone, JSON as text. */
function arrowType(type: ColumnType): DataType {
  switch (type.type) {
    case 'integer':
      return new Int32();
    case 'bigint':
      return new Int64();
    case 'decimal':
      return new Decimal(type.scale, type.precision, 128);
    case 'double':
      return new Float64();
    case 'boolean':
      return new Bool();
    case 'date':
      return new DateDay();
    case 'timestamp':
      return new TimestampMicrosecond();
    case 'text':
    case 'json':
      return new Utf8();
  }
}

function columnData({ values, offsets, validity }: ColumnData, type: DataType, length: number): Data {
  const nulls = validity
    ? { nullBitmap: validity.subarray(0, (length + 7) >> 3), nullCount: countNulls(validity, length) }
    : { nullCount: 0 };
  if (offsets) {
    const valueOffsets = offsets.subarray(0, length + 1);
    return makeData({
      type: type as Utf8,
      length,
      ...nulls,
      valueOffsets,
      data: values.subarray(0, valueOffsets[length]!),
    });
  }
  return makeData({ type: type as Int32, length, ...nulls, data: view(type, values, length) as Int32Array });
}

function view(type: DataType, { buffer }: Uint8Array<ArrayBuffer>, length: number) {
  if (type instanceof Bool) return new Uint8Array(buffer, 0, (length + 7) >> 3);
  if (type instanceof Float64) return new Float64Array(buffer, 0, length);
  if (type instanceof Decimal) return new Uint32Array(buffer, 0, length * 4);
  return type instanceof Int64 || type instanceof TimestampMicrosecond
    ? new BigInt64Array(buffer, 0, length)
    : new Int32Array(buffer, 0, length);
}

function countNulls(validity: Uint8Array, length: number): number {
  let valid = 0;
  for (let index = 0; index < length >> 3; index++) {
    let byte = validity[index]!;
    for (; byte; byte &= byte - 1) valid++;
  }
  for (let row = length & ~7; row < length; row++) valid += (validity[row >> 3]! >> (row & 7)) & 1;
  return length - valid;
}
