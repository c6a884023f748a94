/** What a partial run leaves behind, so that another run can extract its missing partitions alone and load the whole anew. */
import * as z from 'zod/mini';
import { staged } from './common';
import { rowPartition } from './extract-rows';

/** Of one source. `manifest` stands for everything that was staged of it; `partitions`: how many that is. */
export const kept = z.extend(staged, { partitions: z.int() });
export type Kept = z.infer<typeof kept>;

export const keptSource = z.strictObject({
  kept,
  /** what is missing, with the values that the first plan gave */
  failed: z.array(rowPartition),
});
export type KeptSource = z.infer<typeof keptSource>;

/** The document that Record writes of a partial run: each source of the pipeline. */
export const keptSources = z.strictObject({ sources: z.record(z.string(), keptSource) });
export type KeptSources = z.infer<typeof keptSources>;
