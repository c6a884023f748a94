/** Runs plan and extract of a table source as the state machine does: every partition, again while there is a checkpoint. */
import type { Secret, Secrets } from '../../../lambdas/shared/secrets';
import type { Engine } from '../../../lambdas/shared/tables/engine';
import { extractTable, planTable } from '../../../lambdas/shared/tables/extract-table';
import type { ContractColumn, RejectedRow } from '../../../lib/tasks/common';
import type { CursorBounds, RowPartition, RowSource } from '../../../lib/tasks/extract-rows';
import { RUN, type Staging, WORK } from '../staging';

export interface TableOptions {
  readonly table?: string;
  readonly query?: string;
  readonly columns: readonly ContractColumn[];
  readonly cursor?: CursorBounds;
  readonly partitionBy?: string;
  readonly partitions?: number;
  readonly onDrift?: RowSource['onDrift'];
  readonly onBadRow?: RowSource['onBadRow'];
  readonly remainingMs?: () => number;
}

export interface Extracted {
  readonly partitions: readonly RowPartition[];
  readonly rows: Record<string, unknown>[];
  readonly rejects: RejectedRow[];
  readonly invocations: number;
  readonly columns: readonly string[];
}

let attempts = 0;

export const secretsOf = (secret: Secret): Secrets => ({ read: async () => secret });

export async function extractAll(
  engine: Engine,
  staging: Staging,
  secrets: Secrets,
  options: TableOptions,
): Promise<Extracted> {
  const { cursor, remainingMs = () => 900_000 } = options;
  const source = sourceOf(engine, options);
  const { partitions } = await planTable({ action: 'plan', run: RUN, source, cursor }, engine, { secrets });
  const rows: Record<string, unknown>[] = [];
  const rejects: RejectedRow[] = [];
  const columns = new Set<string>();
  let invocations = 0;
  for (const partition of partitions) {
    let checkpoint: unknown = null;
    do {
      const output = await extractTable(
        { action: 'extract', run: RUN, source, cursor, partition, partitions: partitions.length, checkpoint },
        engine,
        { s3: staging.s3, workBucket: WORK, attempt: `table-${attempts++}`, secrets, remainingMs },
      );
      const manifest = await staging.manifest(output.staged.manifest);
      const dataset = manifest.datasets[source.name]!;
      for (const { name } of dataset.columns) columns.add(name);
      rows.push(...(await staging.rows(dataset.parts)));
      rejects.push(...(await staging.rejects(manifest)));
      // As it passes through the state machine.
      checkpoint = JSON.parse(JSON.stringify(output.checkpoint));
      invocations++;
    } while (checkpoint !== null);
  }
  return { partitions, rows, rejects, invocations, columns: [...columns] };
}

export function sourceOf(engine: Engine, options: TableOptions): RowSource {
  const { table, query, columns, partitionBy, partitions = 1, onDrift = 'fail', onBadRow = {} } = options;
  return {
    name: 'sales',
    columns: [...columns],
    onDrift,
    onBadRow,
    config: {
      kind: engine.kind,
      secret: 'shop-db',
      partitions,
      ...(table === undefined ? {} : { table }),
      ...(query === undefined ? {} : { query }),
      ...(partitionBy === undefined ? {} : { partitionBy }),
    },
  };
}
