/** A run and sinks that many tests use. */
import type { Manifest, ObjectVersion, OutputColumn, PostgresSink, RedshiftSink, Run } from '../../lib/tasks/common';

export const EXECUTION = 'arn:aws:states:us-east-1:000000000000:execution:stepwell-orders:run-1';

export const RUN: Run = {
  pipeline: 'orders',
  runId: 'run-1',
  executionArn: EXECUTION,
  startedAt: '2026-01-05T08:00:00.000Z',
  loadKey: 'orders:5feceb66',
  loadId: '0123456789abcdef',
  generation: 0,
  arrival: '2026-01-05T07:59:00.000Z#00000000000000000000000000000A01',
};

export const COLUMNS: OutputColumn[] = [
  { name: 'order_id', type: { type: 'bigint' }, nullable: true },
  { name: 'email', type: { type: 'text', length: 100 }, nullable: true },
  { name: 'total', type: { type: 'decimal', precision: 12, scale: 2 }, nullable: true },
  { name: 'ordered_at', type: { type: 'timestamp' }, nullable: true },
  { name: 'details', type: { type: 'json' }, nullable: true },
];

export const REDSHIFT_SINK: RedshiftSink = {
  kind: 'redshift',
  id: 'redshift:analytics.orders',
  model: 'order_lines',
  columns: COLUMNS,
  write: { mode: 'merge', keys: ['order_id'], newestBy: 'ordered_at' },
  evolve: false,
  schema: 'analytics',
  table: 'orders',
  distKey: 'order_id',
  sortKey: ['ordered_at'],
};

export const POSTGRES_SINK: PostgresSink = {
  kind: 'postgres',
  id: 'postgres:shop.orders',
  model: 'order_lines',
  columns: COLUMNS,
  write: { mode: 'merge', keys: ['order_id'], newestBy: 'ordered_at' },
  evolve: false,
  schema: 'shop',
  table: 'orders',
};

export const OBJECT: ObjectVersion = {
  bucket: 'landing',
  key: 'orders/a.csv',
  versionId: 'v1',
  etag: 'aaaa',
  size: 100,
  lastModified: '2026-01-05T07:59:00.000Z',
  sequencer: '0A01',
};

export interface StagedPart {
  readonly key: string;
  readonly rows: number;
  readonly length?: number;
  readonly format?: 'parquet' | 'csv';
}

export function manifestOf(parts: readonly StagedPart[], columns: OutputColumn[] = COLUMNS): Manifest {
  return {
    step: 'extract',
    partition: '0000',
    datasets: {
      order_lines: {
        rows: parts.reduce((sum, part) => sum + part.rows, 0),
        columns,
        parts: parts.map(({ key, rows, length = 1000, format = 'parquet' }) => ({
          key,
          etag: 'e',
          length,
          rows,
          format,
        })),
      },
    },
  };
}
