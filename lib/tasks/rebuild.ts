/**
 * A rebuild: a run that makes the rows of a time span anew from where all records are kept, as `consume` would of the stream. First it
 * waits until what came before it is published, then it reads, in the order in which records were received, and stages files; from
 * there on it is a run like others, whose rows take the place of what was appended of the span.
 */
import * as z from 'zod/mini';
import { manifestRef, outputColumn, rebuilds } from './common';

/** In the landing bucket: what a rebuild stages. Keys go on `<run>/<number>-<attempt>.ndjson.gz`. */
export const rebuildPrefix = (pipeline: string): string => `rebuilds/${pipeline}/`;

/** What the bootstrap lets a pipeline's database user read: a table of another pipeline, which its loads may make only later. */
export const readTable = z.strictObject({
  /** whose it is */
  pipeline: z.string(),
  schema: z.string(),
  table: z.string(),
  columns: z.array(outputColumn),
  primaryKey: z.array(z.string()),
  /** in whose order it is read */
  orderedBy: z.string(),
});
export type ReadTable = z.infer<typeof readTable>;

/** Where all records are kept: a table in Aurora, of a sink of another pipeline. A row is a record: its columns are its members. */
export const rawStore = z.strictObject({
  /** whose table it is */
  pipeline: z.string(),
  schema: z.string(),
  table: z.string(),
  columns: z.array(outputColumn),
  /** of them: when the record was received */
  receivedAt: z.string(),
  /** the column that the pipeline's own contract has for it */
  column: z.string(),
  /** the span is one of whole days, since partitions of a lake are swapped */
  wholeDays: z.boolean(),
});
export type RawStore = z.infer<typeof rawStore>;

/** What a run is started with: `{"rebuild": {"from": …, "to": …}}`, ISO 8601, half-open. */
export const rebuildRequest = z.strictObject({ from: z.string(), to: z.string() });
export type RebuildRequest = z.infer<typeof rebuildRequest>;

const common = {
  pipeline: z.string(),
  execution: z.strictObject({ arn: z.string(), name: z.string(), startedAt: z.string() }),
  raw: rawStore,
  /** as the execution was given it */
  rebuild: z.unknown(),
};

/** How far the windows of a stream are counted anew. */
export const recountProgress = z.strictObject({
  /** those that begin then or later are not */
  from: z.string(),
  /** a document: when each of the others begins, in milliseconds since 1970 */
  counted: manifestRef,
  /** all are counted, and of these windows what is not of this run goes: how far that is */
  sweep: z.nullable(
    z.strictObject({ table: z.int(), after: z.nullable(z.record(z.string(), z.strictObject({ S: z.string() }))) }),
  ),
});
export const countedWindows = z.array(z.int());
export type RecountProgress = z.infer<typeof recountProgress>;

export const rebuildInput = z.discriminatedUnion('action', [
  /** throws `StillRunning` while records that were received before the span's end are on their way into the tables */
  z.strictObject({ action: z.literal('settle'), ...common }),
  /** of a stream with aggregates; throws `StillRunning` while the stream's function is counting a window of the span */
  z.strictObject({
    action: z.literal('recount'),
    ...common,
    /** in DynamoDB */
    tables: z.array(z.string()),
    checkpoint: z.nullable(recountProgress),
  }),
  z.strictObject({ action: z.literal('read'), ...common, checkpoint: z.nullable(manifestRef) }),
]);
export type RebuildInput = z.infer<typeof rebuildInput>;

export const settled = z.strictObject({ rebuild: rebuildRequest });
export type Settled = z.infer<typeof settled>;

export const recounted = z.strictObject({ rebuild: rebuildRequest, checkpoint: z.nullable(recountProgress) });
export type Recounted = z.infer<typeof recounted>;

/** How far one invocation has come, for the next one: a document, since it grows with the span. */
export const rawProgress = z.strictObject({
  /** the time of the last row that was read, and how many rows of exactly that time have been */
  at: z.string(),
  ties: z.int(),
  read: z.int(),
  staged: z.int(),
  duplicates: z.int(),
  /** keys in the landing bucket */
  files: z.array(z.string()),
  /** by key, when its last record was taken: milliseconds since 1970 */
  seen: z.array(z.tuple([z.string(), z.number()])),
});
export type RawProgress = z.infer<typeof rawProgress>;

/** `list`, once there is no checkpoint: of all files, as gathered ones have. */
export const rebuildOutput = z.strictObject({
  checkpoint: z.nullable(manifestRef),
  list: z.nullable(manifestRef),
  rebuild: rebuildRequest,
  rebuilds,
  read: z.int(),
  staged: z.int(),
});
export type RebuildOutput = z.infer<typeof rebuildOutput>;
