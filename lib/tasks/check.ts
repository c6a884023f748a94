import * as z from 'zod/mini';
import { badRowLimits, manifestRef, outputColumn, run } from './common';

const severity = z.enum(['error', 'warn']);
const on = { model: z.string(), severity };

export const check = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('notNull'), ...on, column: z.string() }),
  z.strictObject({ kind: z.literal('unique'), ...on, columns: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('rowCount'), ...on, min: z.optional(z.int()), max: z.optional(z.int()) }),
  z.strictObject({
    kind: z.literal('accepted'),
    ...on,
    column: z.string(),
    values: z.array(z.union([z.string(), z.number(), z.boolean()])),
  }),
  z.strictObject({
    kind: z.literal('between'),
    ...on,
    column: z.string(),
    /** numbers, or dates and timestamps as ISO text */
    min: z.optional(z.union([z.number(), z.string()])),
    max: z.optional(z.union([z.number(), z.string()])),
  }),
  /** Of a sink that replaces the rows of the run's data interval: a row outside would be there twice. Not for users. */
  z.strictObject({ kind: z.literal('inInterval'), ...on, column: z.string() }),
  /** A condition that must hold for every row (NULL counts as holding, as in SQL's CHECK). */
  z.strictObject({ kind: z.literal('sqlCheck'), ...on, condition: z.string() }),
]);
export type Check = z.infer<typeof check>;

/** Asserts on the staged rows of each model, and on each source's share of bad rows. */
export const checkInput = z.strictObject({
  run,
  checks: z.array(check),
  models: z.array(z.strictObject({ name: z.string(), columns: z.array(outputColumn) })),
  sources: z.array(z.strictObject({ name: z.string(), onBadRow: badRowLimits })),
  manifests: z.array(manifestRef),
});
export type CheckInput = z.infer<typeof checkInput>;

export const checkOutput = z.strictObject({
  passed: z.int(),
  /** one sentence for each check of severity `warn` that failed; at most 50 */
  warnings: z.array(z.string()),
  rows: z.int(),
  rejected: z.int(),
});
export type CheckOutput = z.infer<typeof checkOutput>;
