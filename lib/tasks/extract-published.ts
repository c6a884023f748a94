import * as z from 'zod/mini';
import { upstreamRun } from './admit-after';
import { outputColumn, run, staged } from './common';

/** Names the parts of a model that another pipeline's run has staged and published, as a source of this run: nothing is copied. */
export const extractPublishedInput = z.strictObject({
  run,
  source: z.string(),
  model: z.string(),
  columns: z.array(outputColumn),
  upstream: upstreamRun,
});
export type ExtractPublishedInput = z.infer<typeof extractPublishedInput>;

export const extractPublishedOutput = staged;
export type ExtractPublishedOutput = z.infer<typeof extractPublishedOutput>;
