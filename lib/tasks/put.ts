import * as z from 'zod/mini';
import { kinesisSink, manifestRef, run } from './common';
import { published } from './publish';

/** Where one invocation stopped, for the next one. */
export const putCheckpoint = z.strictObject({
  /** number of the next part, and of the next row in it */
  part: z.int(),
  row: z.int(),
  /** records put so far */
  rows: z.int(),
});
export type PutCheckpoint = z.infer<typeof putCheckpoint>;

/** Puts a model's rows on a stream, as many as the time of an invocation allows; each at least once. */
export const putRecordsInput = z.strictObject({
  run,
  sink: kinesisSink,
  manifests: z.array(manifestRef),
  checkpoint: z.nullable(putCheckpoint),
});
export type PutRecordsInput = z.infer<typeof putRecordsInput>;

/** `published` once there is no checkpoint. */
export const putRecordsOutput = z.strictObject({
  checkpoint: z.nullable(putCheckpoint),
  published: z.nullable(published),
});
export type PutRecordsOutput = z.infer<typeof putRecordsOutput>;
