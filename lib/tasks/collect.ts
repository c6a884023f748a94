/** After a Distributed Map, of which a share may fail: what its children staged, and which partitions are missing. */
import * as z from 'zod/mini';
import { run, staged } from './common';
import { kept } from './rerun';

export const collectInput = z.strictObject({
  run,
  source: z.string(),
  /** how many there were */
  partitions: z.int(),
  /** where Step Functions wrote what the children answered */
  results: z.object({ Bucket: z.string(), Key: z.string() }),
  /** of the run whose missing partitions these are: what it has of the others */
  kept: z.optional(z.nullable(kept)),
});
export type CollectInput = z.infer<typeof collectInput>;

/** A partition whose rows are missing in the run. */
export const failedPartition = z.strictObject({
  source: z.string(),
  partition: z.string(),
  error: z.string(),
  /** one sentence */
  cause: z.string(),
});
export type FailedPartition = z.infer<typeof failedPartition>;

/** `failed`: the first 50. */
export const collectOutput = z.extend(staged, { failed: z.array(failedPartition), failedCount: z.int() });
export type CollectOutput = z.infer<typeof collectOutput>;
