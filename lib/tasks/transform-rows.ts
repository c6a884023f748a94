import * as z from 'zod/mini';
import { badRowLimits, contractColumn, manifestRef, onDrift, outputColumn, partFormat, run, staged } from './common';
import { planBatchesInput } from './transform';

/** A row function (the user's own TypeScript, part of its function's bundle) over a batch of its input's parts. */
export const transformRowsInput = z.union([
  planBatchesInput,
  z.strictObject({
    action: z.literal('transform'),
    run,
    model: z.strictObject({
      name: z.string(),
      /** as the definition names it */
      file: z.string(),
      columns: z.array(contractColumn),
      onDrift,
      onBadRow: badRowLimits,
      formats: z.array(partFormat),
      input: z.strictObject({ name: z.string(), columns: z.array(outputColumn) }),
      /** longest text that a target can hold, in bytes of UTF-8; absent: no limit */
      mostTextBytes: z.optional(z.int()),
    }),
    batch: z.string(),
    /** with one, the limits of `onBadRow` are judged at once, else by Check */
    batches: z.int(),
    manifests: z.array(manifestRef),
  }),
]);
export type TransformRowsInput = z.infer<typeof transformRowsInput>;

export const transformRowsOutput = staged;
export type TransformRowsOutput = z.infer<typeof transformRowsOutput>;
