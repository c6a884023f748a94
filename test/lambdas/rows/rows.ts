/** Writes rows through the row writer into the local S3 and reads what it staged, with DuckDB. */
import { openProtection } from '../../../lambdas/shared/pii';
import { openRowWriter, type RowWriterOptions } from '../../../lambdas/shared/rows/row-writer';
import type { ContractColumn, Manifest, RejectedRow, Staged } from '../../../lib/tasks/common';
import type { RowSource } from '../../../lib/tasks/extract-rows';
import { PII_KEY } from '../extract-files/extract';
import { RUN, type Staging, WORK } from '../staging';

export interface RowOptions extends Partial<Pick<RowWriterOptions, 'partitions' | 'batchBytes' | 'strings'>> {
  readonly onDrift?: RowSource['onDrift'];
  readonly onBadRow?: RowSource['onBadRow'];
  readonly mostTextBytes?: number;
}

export interface WrittenRows {
  readonly output: Staged;
  readonly manifest: Manifest;
  readonly rows: Record<string, unknown>[];
  readonly rejects: RejectedRow[];
}

let attempts = 0;

export function sourceOf(columns: readonly ContractColumn[], options: RowOptions = {}): RowSource {
  return {
    name: 'orders',
    columns: [...columns],
    onDrift: options.onDrift ?? 'fail',
    onBadRow: options.onBadRow ?? {},
    config: { kind: 'dynamoDb', table: 'rows', segments: 1, consistentRead: true },
    ...(options.mostTextBytes === undefined ? {} : { mostTextBytes: options.mostTextBytes }),
  };
}

export async function writeRows(
  staging: Staging,
  columns: readonly ContractColumn[],
  rows: Iterable<Readonly<Record<string, unknown>>>,
  options: RowOptions = {},
): Promise<WrittenRows> {
  const writer = openRowWriter({
    run: RUN,
    source: sourceOf(columns, options),
    partition: { id: 'p1', values: {} },
    partitions: options.partitions ?? 1,
    attempt: `rows-${attempts++}`,
    s3: staging.s3,
    workBucket: WORK,
    ...(options.batchBytes === undefined ? {} : { batchBytes: options.batchBytes }),
    ...(options.strings === undefined ? {} : { strings: options.strings }),
    protection: await openProtection({ columns, piiSecret: 'orders-pii' }, () => ({
      read: async () => ({ key: PII_KEY }),
    })),
  });
  let position = 0;
  for (const row of rows) await writer.write(row, ++position);
  const output = await writer.finish();
  const manifest = await staging.manifest(output.manifest);
  return {
    output,
    manifest,
    rows: await staging.rows(manifest.datasets.orders?.parts ?? []),
    rejects: await staging.rejects(manifest),
  };
}
