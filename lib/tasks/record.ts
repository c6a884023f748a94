import * as z from 'zod/mini';
import { checkOutput } from './check';
import { failedPartition } from './collect';
import { manifestRef, objectVersion, run } from './common';
import { loaded } from './load';
import { published } from './publish';
import { liveSink } from './stream';

/** Writes the run into the ledger as succeeded, marks its objects as loaded, emits metrics, drops staging tables. */
export const recordInput = z.strictObject({
  run,
  objects: z.array(objectVersion),
  /** where they stand in place of that, as there may be thousands */
  list: z.optional(manifestRef),
  /** the run has had a turn, which goes on to the next */
  turn: z.optional(z.literal(true)),
  /** partitions whose rows are missing, of sources that tolerate it */
  failed: z.optional(z.array(failedPartition)),
  manifests: z.array(manifestRef),
  /** models that other pipelines read */
  keep: z.optional(z.array(z.string())),
  /** pipelines that start when this one has published */
  starts: z.optional(z.array(z.string())),
  checks: checkOutput,
  loaded: z.array(loaded),
  published: z.array(published),
  /** tables that the stream's function writes, aggregates among them: who reads the definition knows of them; those of Keyspaces may be off locally */
  live: z.optional(z.array(liveSink)),
});
export type RecordInput = z.infer<typeof recordInput>;

/** What a person is to hear of a run that has succeeded. */
export const told = z.enum(['partial', 'quarantine', 'check-warning', 'recovery', 'success']);
export type Told = z.infer<typeof told>;

export const recordOutput = z.strictObject({
  status: z.literal('SUCCEEDED'),
  rows: z.int(),
  rejected: z.int(),
  published: z.array(published),
  warnings: z.array(z.string()),
  /** what a person may want to know, and need not act on */
  notes: z.optional(z.array(z.string())),
  /** partitions whose rows are missing */
  failed: z.optional(z.array(failedPartition)),
  /** the rule of what is told looks for it */
  tell: z.optional(z.array(told)),
});
export type RecordOutput = z.infer<typeof recordOutput>;
