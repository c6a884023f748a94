import * as z from 'zod/mini';
import { postgresSink, redshiftSink, run } from './common';
import { loaded } from './load';

/** Moves staged rows into the target and writes the load ledger, in one transaction. Redshift completes `taskToken` later. */
export const publishInput = z.union([
  z.strictObject({ run, sink: redshiftSink, loaded, taskToken: z.string() }),
  z.strictObject({ run, sink: postgresSink, loaded }),
]);
export type PublishInput = z.infer<typeof publishInput>;

export const published = z.strictObject({
  sink: z.string(),
  /** rows of this load in the target, as the load ledger says */
  rows: z.int(),
  /** false when an earlier attempt or run had published this load already */
  changed: z.boolean(),
});
export type Published = z.infer<typeof published>;
