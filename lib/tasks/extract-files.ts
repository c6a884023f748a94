import * as z from 'zod/mini';
import { badRowLimits, contractColumn, onDrift, outputColumn, partFormat, partition, run, staged } from './common';

/**
 * A result of the one pass over a file: the source itself (no `sql`), or a row-wise model over the source or over an earlier
 * dataset of this list. The SQL names them as tables. `_row` (bigint, record number in the partition), `_file` (key) may be used.
 */
export const fusedDataset = z.strictObject({
  name: z.string(),
  sql: z.optional(z.string()),
  columns: z.array(outputColumn),
  /** empty: only an intermediate for a later dataset */
  formats: z.array(partFormat),
});
export type FusedDataset = z.infer<typeof fusedDataset>;

export const extractFilesInput = z.strictObject({
  run,
  source: z.strictObject({
    name: z.string(),
    columns: z.array(contractColumn),
    onDrift,
    onBadRow: badRowLimits,
    /** UTF-8 bytes of a text or a JSON document, where a target takes no longer ones */
    mostTextBytes: z.optional(z.int()),
  }),
  partition,
  /** partitions of this source in this run: with one, the limits of `onBadRow` are judged at once, else by Check */
  partitions: z.int(),
  datasets: z.array(fusedDataset),
});
export type ExtractFilesInput = z.infer<typeof extractFilesInput>;

export const extractFilesOutput = staged;
export type ExtractFilesOutput = z.infer<typeof extractFilesOutput>;
