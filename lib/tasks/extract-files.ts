/**
 * Reading files. A run that a file starts gets its partitions from Admit. A run of a schedule has `plan` find the files of its interval:
 * how they are cut up and put together stands in a document, and each item of the Map points at its place in there.
 */
import * as z from 'zod/mini';
import {
  badRowLimits,
  contractColumn,
  fileFormat,
  fileSlice,
  manifestRef,
  onDrift,
  outputColumn,
  partFormat,
  partition,
  run,
  staged,
} from './common';
import { schedule } from './schedule';

/**
 * A result of the one pass over a file: the source itself (no `sql`), or a row-wise model over the source or over an earlier
 * dataset of this list. The SQL names them as tables. `_row` (bigint, record number in the file or the range of it), `_file` (key) may be used.
 */
export const fusedDataset = z.strictObject({
  name: z.string(),
  sql: z.optional(z.string()),
  columns: z.array(outputColumn),
  /** empty: only an intermediate for a later dataset */
  formats: z.array(partFormat),
});
export type FusedDataset = z.infer<typeof fusedDataset>;

/** A partition of a schedule's run: some files, or a range of one. What they are stands at [start, end) of a document in the work bucket. */
export const plannedPartition = z.strictObject({
  id: z.string(),
  values: z.strictObject({ plan: z.string(), etag: z.string(), start: z.int(), end: z.int() }),
});
export type PlannedPartition = z.infer<typeof plannedPartition>;

/** What the document says there. */
export const plannedFiles = z.array(fileSlice);

const planFiles = z.strictObject({
  action: z.literal('plan'),
  run,
  /** only these, of an earlier run's plan */
  again: z.optional(z.nullable(z.array(plannedPartition))),
  source: z.strictObject({
    name: z.string(),
    /** globs may have date tokens; the first that matches counts */
    files: z.array(z.strictObject({ glob: z.string(), format: fileFormat })),
    rangeBytes: z.int(),
    schedule,
    intervalsBack: z.int(),
    /** no file at all is no error */
    optional: z.boolean(),
    /** one may fail alone */
    oneByOne: z.boolean(),
  }),
});
export type PlanFilesInput = z.infer<typeof planFiles>;

/** Of a run whose files were gathered: Admit has listed the versions that it loads. */
const planList = z.strictObject({
  action: z.literal('plan-list'),
  run,
  list: manifestRef,
  source: z.strictObject({
    name: z.string(),
    /** the first that matches counts */
    files: z.array(z.strictObject({ glob: z.string(), format: fileFormat })),
    rangeBytes: z.int(),
  }),
});
export type PlanListInput = z.infer<typeof planList>;

const extractFiles = z.strictObject({
  action: z.literal('extract'),
  run,
  source: z.strictObject({
    name: z.string(),
    columns: z.array(contractColumn),
    onDrift,
    onBadRow: badRowLimits,
    /** UTF-8 bytes of a text or a JSON document, where a target takes no longer ones */
    mostTextBytes: z.optional(z.int()),
    /** the secret with the key by which personal data is hashed */
    piiSecret: z.optional(z.string()),
    /** its files are batches of a stream: columns may be paths, and records were judged in part when they were staged */
    isStream: z.optional(z.literal(true)),
  }),
  partition: z.union([partition, plannedPartition]),
  /** partitions of this source in this run: with one, the limits of `onBadRow` are judged at once, else by Check */
  partitions: z.int(),
  datasets: z.array(fusedDataset),
});
export type ExtractFilesInput = Omit<z.infer<typeof extractFiles>, 'action'>;

export const extractFilesInput = z.discriminatedUnion('action', [planFiles, planList, extractFiles]);

/** `document`: a JSON array of planned partitions, `partitions` of them; none: `nothing` stands for what is staged of the source. */
export const planFilesOutput = z.strictObject({
  partitions: z.int(),
  files: z.int(),
  bytes: z.int(),
  document: z.nullable(manifestRef),
  nothing: z.nullable(staged),
});
export type PlanFilesOutput = z.infer<typeof planFilesOutput>;

export const extractFilesOutput = staged;
export type ExtractFilesOutput = z.infer<typeof extractFilesOutput>;
