/** What `stage` leaves for `publish`: the partitions of one load in the lake, with their files. */
import * as z from 'zod/mini';
import { outputColumn } from '../../lib/tasks/common';

export const stagedLake = z.strictObject({
  sink: z.string(),
  rows: z.int(),
  /** of the files: without partition columns, with bookkeeping columns */
  columns: z.array(outputColumn),
  partitions: z.array(
    z.strictObject({
      /** of the partition columns in order; `_load_id` last for `append` */
      values: z.array(z.string()),
      /** key prefix in the lake bucket; ends in / */
      prefix: z.string(),
      rows: z.int(),
      files: z.array(z.strictObject({ key: z.string(), etag: z.string(), length: z.int() })),
    }),
  ),
});
export type StagedLake = z.infer<typeof stagedLake>;
export type StagedPartition = StagedLake['partitions'][number];

/** How Hive, Glue and Athena call the partition of NULL. */
export const NULL_PARTITION = '__HIVE_DEFAULT_PARTITION__';
