/** What the row benchmark runs, bundled as a function is: the row writer, or Arrow's own builders, over the same row objects. */
import {
  Bool,
  type DataType,
  DateDay,
  Decimal,
  Field,
  Float64,
  Int32,
  Int64,
  makeBuilder,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampMicrosecond,
  tableToIPC,
  Utf8,
} from 'apache-arrow';
import { Compression, Table as ParquetTable, WriterPropertiesBuilder, writeParquet } from 'parquet-wasm/node';
import { s3 } from '../../../../lambdas/shared/clients';
import { putBytes } from '../../../../lambdas/shared/objects';
import { openRowWriter } from '../../../../lambdas/shared/rows/row-writer';
import type { ColumnType } from '../../../../lib/tasks/common';
import { BENCH_COLUMNS } from '../../generate';
import { BENCH_RUN } from '../../run';

export interface RowsEvent {
  readonly writer: 'stepwell' | 'arrow';
  readonly rows: number;
}

type Row = Readonly<Record<string, unknown>>;

/** Other rows than these would only measure how they are made. */
const DISTINCT_ROWS = 20_000;

export async function handler({ writer, rows }: RowsEvent, { awsRequestId }: { awsRequestId: string }) {
  const distinct = Array.from({ length: DISTINCT_ROWS }, (_, index) => rowOf(index));
  // The columns' values, not their making, are what is measured; a warm function has compiled its code.
  return writer === 'stepwell' ? writeRows(distinct, rows, awsRequestId) : buildRows(distinct, rows, awsRequestId);
}

async function writeRows(distinct: readonly Row[], rows: number, attempt: string) {
  const writer = openRowWriter({
    run: BENCH_RUN,
    source: {
      name: 'bench',
      columns: BENCH_COLUMNS,
      onDrift: 'fail',
      onBadRow: {},
      config: { kind: 'dynamoDb', table: 'rows', segments: 1, consistentRead: true },
    },
    partition: { id: 'p1', values: {} },
    partitions: 1,
    attempt,
    s3: s3(),
    workBucket: process.env.WORK_BUCKET!,
  });
  for (let n = 0; n < rows; n++) {
    const waiting = writer.write(distinct[n % DISTINCT_ROWS]!, n + 1);
    if (waiting) await waiting;
  }
  const { rows: written, rejected } = await writer.finish();
  return { rows: written, rejected };
}

/** As Arrow's documentation shows it, a batch of a part's size at a time. */
async function buildRows(distinct: readonly Row[], rows: number, attempt: string) {
  const batchRows = 245_760;
  let n = 0;
  for (let part = 0; n < rows; part++) {
    const builders = BENCH_COLUMNS.map(({ type }) => makeBuilder({ type: arrowType(type), nullValues: [null] }));
    const end = Math.min(rows, n + batchRows);
    const length = end - n;
    for (; n < end; n++) {
      const row = distinct[n % DISTINCT_ROWS]!;
      for (let index = 0; index < builders.length; index++) {
        const { name, type } = BENCH_COLUMNS[index]!;
        builders[index]!.append(arrowValue(type, row[name]));
      }
    }
    const children = builders.map((builder) => builder.finish().flush());
    const fields = BENCH_COLUMNS.map(({ name, type }) => new Field(name, arrowType(type), true));
    const struct = makeData({ type: new Struct(fields), length, nullCount: 0, children });
    const schema = new Schema(fields);
    const ipc = tableToIPC(new Table(schema, [new RecordBatch(schema, struct)]), 'stream');
    const options = new WriterPropertiesBuilder().setCompression(Compression.ZSTD).setMaxRowGroupSize(61_440).build();
    const file = writeParquet(ParquetTable.fromIPCStream(ipc), options);
    await putBytes(s3(), process.env.WORK_BUCKET!, `bench/${attempt}-${part}.parquet`, file);
  }
  return { rows: n, rejected: 0 };
}

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
    default:
      return new Utf8();
  }
}

/** The least that a row's values need before Arrow's builders take them. */
function arrowValue(type: ColumnType, value: unknown): unknown {
  if (value === null) return null;
  switch (type.type) {
    case 'bigint':
      return BigInt(value as number);
    case 'decimal': {
      const cents = Math.round(Number(value) * 100);
      return Uint32Array.of(cents, 0, 0, 0);
    }
    case 'date':
      return Date.parse(value as string);
    case 'timestamp':
      return Date.parse(`${(value as string).replace(' ', 'T')}Z`);
    default:
      return value;
  }
}

/** As a database driver gives them: numbers, decimals and times as text, NULLs. */
function rowOf(index: number): Row {
  const day = `2026-0${(index % 9) + 1}-${String((index % 28) + 1).padStart(2, '0')}`;
  return {
    order_id: 1_000_000 + index,
    customer_id: (index * 7919) % 50_000,
    ordered_at: `${day} ${String(index % 24).padStart(2, '0')}:${String(index % 60).padStart(2, '0')}:07`,
    ship_date: index % 5 === 0 ? null : day,
    status: ['paid', 'pending', 'refunded', 'voided'][index % 4],
    email: `customer.${(index * 7919) % 50_000}@example.com`,
    address: index % 3 === 0 ? `Rue de l’Église ${index % 400}, Paris` : `${index % 400} Main Street, Springfield`,
    quantity: (index % 9) + 1,
    amount: (((index * 37) % 100_000) / 100).toFixed(2),
    weight: (index % 1000) / 8,
    paid: index % 2 === 0,
    note: index % 4 === 0 ? 'at the door' : null,
  };
}
