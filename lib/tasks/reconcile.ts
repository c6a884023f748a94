/** Compares the load ledgers in the databases with the runs in the ledger, once a day, for a pipeline that wants it. */
import * as z from 'zod/mini';

export const reconcileInput = z.strictObject({
  pipeline: z.string(),
  /** of a run: a load is published at most so long before its run has ended */
  timeoutSeconds: z.number(),
  /** targets, as `schema.table` */
  tables: z.strictObject({ redshift: z.array(z.string()), postgres: z.array(z.string()) }),
});
export type ReconcileInput = z.infer<typeof reconcileInput>;

export type LoadDatabase = keyof ReconcileInput['tables'];

/** A row of a load ledger. */
export interface LedgerLoad {
  readonly database: LoadDatabase;
  readonly loadKey: string;
  readonly table: string;
  readonly generation: number;
  readonly runId: string;
  readonly rows: number;
}

export interface Difference {
  readonly kind: 'load without a run' | 'run without a load' | 'other rows';
  readonly text: string;
}

/** What the last comparison has found: item `pipeline#<name>` / `reconciliation`. */
export interface ReconciliationItem {
  /** ISO 8601 */
  readonly at: string;
  /** how many loads and runs it has compared */
  readonly loads: number;
  readonly runs: number;
  readonly differences: number;
  /** the first of them */
  readonly first: readonly string[];
}
