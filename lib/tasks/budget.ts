/** Of a pipeline with a budget: what its `watch-budget` function is invoked with, each hour, by a rule of its stack. */
import * as z from 'zod/mini';

export const watchBudgetInput = z.strictObject({
  pipeline: z.string(),
  /** US dollars a month */
  monthly: z.number(),
  /** by the label of a function: its log group */
  logs: z.record(z.string(), z.string()),
  /** by the label of a function: state transitions that go with each of its invocations */
  transitions: z.record(z.string(), z.number()),
  capacity: z.strictObject({
    redshiftRpus: z.optional(z.number()),
    auroraAcus: z.optional(z.number()),
    auroraPauseMs: z.optional(z.number()),
  }),
});
export type WatchBudgetInput = z.infer<typeof watchBudgetInput>;
