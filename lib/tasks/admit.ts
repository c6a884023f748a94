import * as z from 'zod/mini';
import { fileFormat, manifestRef, objectVersion, partition, rebuilds, run } from './common';
import { gathered } from './gather';

/** A source as Admit needs it: which keys are its own, and how it is cut into partitions. */
export const admitSource = z.strictObject({
  name: z.string(),
  kind: z.literal('landedFiles'),
  /** the exact globs; EventBridge's rule is coarser. First match wins. */
  files: z.array(z.strictObject({ glob: z.string(), format: fileFormat })),
  /** uncompressed objects of lines that are larger than this are cut into byte ranges of about this size (at most 40) */
  rangeBytes: z.int(),
});

/**
 * What starts an execution: an S3 arrival (from the EventBridge rule's input transformer, member `arrival`), or a person or
 * the CLI with `objects`. `reprocess: true` loads again what has been loaded, in place of the earlier load; with `replay` (the run
 * whose bad rows are to come in) unless that would turn a table back.
 */
export const trigger = z.object({
  arrival: z.optional(
    z.object({
      bucket: z.string(),
      key: z.string(),
      versionId: z.optional(z.string()),
      etag: z.optional(z.string()),
      size: z.optional(z.number()),
      sequencer: z.optional(z.string()),
      /** ISO 8601 */
      time: z.optional(z.string()),
    }),
  ),
  objects: z.optional(
    z.array(z.object({ bucket: z.optional(z.string()), key: z.string(), versionId: z.optional(z.string()) })),
  ),
  reprocess: z.optional(z.boolean()),
  /** a list of them in the work bucket, as the function that gathers them writes it, or as an earlier run has loaded it */
  list: z.optional(manifestRef),
  /** how they were gathered */
  gathered: z.optional(gathered),
  replay: z.optional(z.object({ runId: z.string() })),
  /** beside a list: the time span that its records are all of */
  rebuilds: z.optional(rebuilds),
});

export const admitInput = z.strictObject({
  pipeline: z.string(),
  execution: z.strictObject({ arn: z.string(), name: z.string(), startedAt: z.string() }),
  trigger: z.unknown(),
  /** of the trigger; an arrival that matches none of them exactly is ignored, as EventBridge's rule lets through more */
  patterns: z.optional(z.array(z.string())),
  sources: z.array(admitSource),
  /** the answer's objects stand in a list, of which the state knows the key: there may be thousands */
  byList: z.optional(z.literal(true)),
  /** time spans may be made anew, and some tables are appended to: what was in one must not be loaded again as it was */
  appendsRebuilt: z.optional(z.literal(true)),
});
export type AdmitInput = z.infer<typeof admitInput>;

/** `partitions` has an entry for each source of the pipeline, maybe empty. */
export const admitOutput = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('admitted'),
    run,
    objects: z.array(objectVersion),
    partitions: z.record(z.string(), z.array(partition)),
    /** then `objects` is empty */
    list: z.optional(manifestRef),
  }),
  /** Nothing to do: the same content was loaded or is being loaded by another run, or the key matches no glob exactly. */
  z.strictObject({ outcome: z.enum(['duplicate', 'ignored']), reason: z.string() }),
]);
export type AdmitOutput = z.infer<typeof admitOutput>;
