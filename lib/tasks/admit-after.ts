/** Admit of a pipeline that starts when another has published: claims what that has loaded, and says where it is. */
import * as z from 'zod/mini';
import { timeCursor } from './admit-interval';
import { manifestRef, run } from './common';
import { cursorBounds } from './extract-rows';
import { interval } from './schedule';

/**
 * What starts an execution: the event of the other pipeline's run, or a person: with that run, with an interval of it, or with neither,
 * for the latest. `reprocess: true` loads again what has been loaded, in place of the earlier load; with `replay` (the run whose bad rows
 * are to come in) unless that would turn a table back.
 */
export const afterTrigger = z.object({
  after: z.optional(z.object({ pipeline: z.optional(z.string()), runId: z.string(), time: z.optional(z.string()) })),
  interval: z.optional(interval),
  reprocess: z.optional(z.boolean()),
  replay: z.optional(z.object({ runId: z.string() })),
});

export const admitAfterInput = z.strictObject({
  pipeline: z.string(),
  execution: z.strictObject({ arn: z.string(), name: z.string(), startedAt: z.string() }),
  trigger: z.unknown(),
  /** the pipeline that publishes */
  upstream: z.string(),
  /** a source reads what that has published */
  reads: z.boolean(),
  cursors: z.array(timeCursor),
  /** a sink of the pipeline appends: what is read twice would be there twice */
  appends: z.boolean(),
});
export type AdmitAfterInput = z.infer<typeof admitAfterInput>;

/** The run that has published. `staged` names what it has staged of its models; null where nothing reads that. */
export const upstreamRun = z.strictObject({
  pipeline: z.string(),
  runId: z.string(),
  staged: z.nullable(manifestRef),
});
export type UpstreamRun = z.infer<typeof upstreamRun>;

export const admitAfterOutput = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('admitted'),
    run,
    cursors: z.record(z.string(), cursorBounds),
    upstream: upstreamRun,
  }),
  /** The load is there, or another run is at it; or that run has published nothing. */
  z.strictObject({ outcome: z.enum(['duplicate', 'ignored']), reason: z.string() }),
]);
export type AdmitAfterOutput = z.infer<typeof admitAfterOutput>;
