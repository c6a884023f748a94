import * as z from 'zod/mini';
import { manifestRef, outputColumn, partFormat, run, staged } from './common';

/** A model over whole inputs (joins, aggregates). Reads the Parquet parts of `inputs` that the manifests name. */
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
});
export type TransformInput = z.infer<typeof transformInput>;

export const transformOutput = staged;
export type TransformOutput = z.infer<typeof transformOutput>;
