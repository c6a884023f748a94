/** Lands a file and extracts it, as the tests of bad input do. */
import { extractFiles } from '../../../lambdas/extract-files/extract-files';
import type { ContractColumn, FileFormat, Manifest, Partition, RejectedRow } from '../../../lib/tasks/common';
import type { ExtractFilesInput, ExtractFilesOutput, FusedDataset } from '../../../lib/tasks/extract-files';
import { column, RUN, type Staging, WORK } from '../staging';

export const COLUMNS: ContractColumn[] = [
  column('id', 'bigint', { key: true, nullable: false }),
  column('name', { type: 'text', length: 10 }),
  column('amount', { type: 'decimal', precision: 8, scale: 2 }),
];

export interface Options {
  readonly columns?: readonly ContractColumn[];
  readonly format?: FileFormat;
  readonly onDrift?: ExtractFilesInput['source']['onDrift'];
  readonly onBadRow?: ExtractFilesInput['source']['onBadRow'];
  readonly datasets?: readonly FusedDataset[];
  readonly key?: string;
  readonly partitions?: number;
  readonly mostTextBytes?: number;
  readonly range?: Partition['range'];
  /** batches of a stream */
  readonly isStream?: true;
}

export interface Extracted {
  readonly output: ExtractFilesOutput;
  readonly manifest: Manifest;
  /** of the source's dataset */
  readonly rows: Record<string, unknown>[];
  readonly rejects: RejectedRow[];
}

/** Hashes personal data. */
export const PII_KEY = '0123456789abcdef0123456789abcdef';

let attempts = 0;

export async function extract(staging: Staging, body: Buffer | string, options: Options = {}): Promise<Extracted> {
  const columns = [...(options.columns ?? COLUMNS)];
  const object = await staging.land(options.key ?? 'orders/a.csv', body);
  const output = await extractFiles(
    {
      run: RUN,
      source: {
        name: 'orders',
        columns,
        onDrift: options.onDrift ?? 'fail',
        onBadRow: options.onBadRow ?? {},
        piiSecret: 'orders-pii',
        ...(options.isStream ? { isStream: true as const } : {}),
        ...(options.mostTextBytes === undefined ? {} : { mostTextBytes: options.mostTextBytes }),
      },
      partition: {
        id: 'p1',
        object,
        format: options.format ?? { kind: 'csv' },
        ...(options.range ? { range: options.range } : {}),
      },
      partitions: options.partitions ?? 1,
      datasets: [
        ...(options.datasets ?? [
          {
            name: 'orders',
            columns: columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
            formats: ['parquet' as const],
          },
        ]),
      ],
    },
    {
      s3: staging.s3,
      workBucket: WORK,
      attempt: `attempt-${attempts++}`,
      secrets: () => ({ read: async () => ({ key: PII_KEY }) }),
    },
  );
  const manifest = await staging.manifest(output.manifest);
  return {
    output,
    manifest,
    rows: await staging.rows(manifest.datasets.orders?.parts ?? []),
    rejects: await staging.rejects(manifest),
  };
}
