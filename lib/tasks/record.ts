import * as z from 'zod/mini';
import { checkOutput } from './check';
import { manifestRef, objectVersion, run } from './common';
import { loaded } from './load';
import { published } from './publish';

/** Writes the run into the ledger as succeeded, marks its objects as loaded, emits metrics, drops staging tables. */
export const recordInput = z.strictObject({
  run,
  objects: z.array(objectVersion),
  manifests: z.array(manifestRef),
  checks: checkOutput,
  loaded: z.array(loaded),
  published: z.array(published),
});
export type RecordInput = z.infer<typeof recordInput>;

export const recordOutput = z.strictObject({
  status: z.literal('SUCCEEDED'),
  rows: z.int(),
  rejected: z.int(),
  published: z.array(published),
  warnings: z.array(z.string()),
});
export type RecordOutput = z.infer<typeof recordOutput>;
