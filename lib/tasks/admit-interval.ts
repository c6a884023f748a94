/** Admit of a pipeline that a schedule starts: claims a data interval, and says what each incremental source reads. */
import * as z from 'zod/mini';
import { catchUp } from './catch-up';
import { run } from './common';
import { cursorBounds } from './extract-rows';
import { keptSource } from './rerun';
import { interval, schedule } from './schedule';

/**
 * A cursor that says when a row last changed. A run reads from the start of its interval, less `lagSeconds`, to its end; the first run
 * of a pipeline reads from `initialValue`, or everything before its end.
 */
export const timeCursor = z.strictObject({
  source: z.string(),
  column: z.string(),
  initialValue: z.optional(z.string()),
  lagSeconds: z.number(),
});
export type TimeCursor = z.infer<typeof timeCursor>;

/**
 * What starts an execution: the schedule, or a person with an interval of it (without one: the latest). `reprocess: true` loads again
 * what has been loaded, in place of the earlier load; with `replay` unless that would turn a table back. `rerun` extracts the missing
 * partitions of a partial run, and loads them with those it has.
 */
export const intervalTrigger = z.object({
  schedule: z.optional(z.object({ /** ISO 8601 */ time: z.string() })),
  interval: z.optional(z.object({ start: z.string(), end: z.string() })),
  reprocess: z.optional(z.boolean()),
  replay: z.optional(z.object({ runId: z.string() })),
  rerun: z.optional(z.object({ runId: z.string() })),
});

export const admitIntervalInput = z.strictObject({
  pipeline: z.string(),
  execution: z.strictObject({ arn: z.string(), name: z.string(), startedAt: z.string() }),
  trigger: z.unknown(),
  schedule,
  /** absent: missed intervals are left to a person */
  catchUp: z.optional(catchUp),
  cursors: z.array(timeCursor),
  /** a sink of the pipeline appends: what is read twice would be there twice */
  appends: z.boolean(),
  /** where partitions may fail: a digest of what makes the rows of each source what they are */
  sources: z.optional(z.record(z.string(), z.string())),
});
export type AdmitIntervalInput = z.infer<typeof admitIntervalInput>;

/** `cursors` and `reused` by source. */
export const admitIntervalOutput = z.discriminatedUnion('outcome', [
  z.strictObject({
    outcome: z.literal('admitted'),
    run: z.extend(run, { interval }),
    cursors: z.record(z.string(), cursorBounds),
    /** of a rerun: what need not be extracted again; where partitions may fail, else absent */
    reused: z.optional(z.record(z.string(), keptSource)),
  }),
  /** The interval was loaded, or is being loaded by another run. */
  z.strictObject({ outcome: z.literal('duplicate'), reason: z.string() }),
]);
export type AdmitIntervalOutput = z.infer<typeof admitIntervalOutput>;
