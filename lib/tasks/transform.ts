import * as z from 'zod/mini';
import { manifestRef, outputColumn, partFormat, run, staged } from './common';

/** Cuts the input of a row-wise model into batches of its parts, which run side by side. */
export const planBatchesInput = z.strictObject({
  action: z.literal('plan'),
  run,
  model: z.string(),
  /** the dataset that it reads, with its columns */
  input: z.strictObject({ name: z.string(), columns: z.array(outputColumn) }),
  manifests: z.array(manifestRef),
});
export type PlanBatchesInput = z.infer<typeof planBatchesInput>;

/** Each batch has manifests that name its parts only. A small input is one batch. */
export const batch = z.strictObject({ id: z.string(), manifests: z.array(manifestRef) });
export type Batch = z.infer<typeof batch>;
export const planBatchesOutput = z.strictObject({ batches: z.array(batch) });
export type PlanBatchesOutput = z.infer<typeof planBatchesOutput>;

/** A model over whole inputs (joins, aggregates), or over a batch of one. Reads the Parquet parts of `inputs` that the manifests name. */
export const transformInput = z.strictObject({
  run,
  model: z.strictObject({
    name: z.string(),
    sql: z.string(),
    columns: z.array(outputColumn),
    formats: z.array(partFormat),
    /** datasets that the SQL names as tables, with their columns (for a dataset without parts) */
    inputs: z.array(z.strictObject({ name: z.string(), columns: z.array(outputColumn) })),
  }),
  manifests: z.array(manifestRef),
  /** of a row-wise model: which of its batches this is */
  batch: z.optional(z.string()),
});
export type TransformInput = z.infer<typeof transformInput>;

export const transformOutput = staged;
export type TransformOutput = z.infer<typeof transformOutput>;
