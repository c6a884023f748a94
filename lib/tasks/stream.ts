/**
 * A pipeline that a stream starts: what `consume` is told of it. The document lies beside the function's code (STREAM_FILE), since a
 * function's environment holds 4 KB.
 */
import * as z from 'zod/mini';
import { badRowLimits, contractColumn, dynamoSink, keyspacesSink, onDrift, outputColumn } from './common';

/** Beside the code of `consume`. */
export const STREAM_FILE = 'stream.json';

/** Of a staged line, beside the members of the record. */
export const STAGED_MEMBERS = {
  shard: '_shard',
  sequence: '_sequence',
  /** ISO 8601: when Kinesis got it */
  received: '_received',
  /** why it is a bad record */
  rejected: '_rejected',
  /** what is no JSON object: text, or base64 where it is not UTF-8 */
  data: '_data',
} as const;

/** In the landing bucket: staged batches of a pipeline. Keys go on `<yyyy>/<MM>/<dd>/<HH>/<shard>-<first sequence>-<revision>.ndjson.gz`. */
export const stagedPrefix = (pipeline: string): string => `streams/${pipeline}/`;

/** Of those keys, by the hour in which Kinesis got the first record of a batch: `2026/11/22/07/`. `time`: milliseconds since 1970. */
export const hourFolder = (time: number): string =>
  `${new Date(time).toISOString().slice(0, 13).replace(/[-T]/g, '/')}/`;

/** What becomes of bad records that a run has put into quarantine. */
export const badRecordLines = (pipeline: string, runId: string): string[] => [
  'Records that the contract refuses are loaded once it is corrected and deployed:',
  `  npx stepwell quarantine replay ${runId}`,
  "What the stream's function has refused (late, no JSON, of a schema version that the registry does not know; by its row function, or for a live table) stays bad. " +
    'Correct the producer, and have it put them again; or, where all records are kept, correct the pipeline, deploy it, and make their days anew:',
  `  npx stepwell rebuild ${pipeline} --from <day>`,
];

/** In the work bucket: batches that are not committed yet. */
export const attemptsPrefix = (pipeline: string): string => `streams/${pipeline}/attempts/`;

/** In the work bucket: counts of windows that are not all in their tables yet. */
export const countsPrefix = (pipeline: string): string => `counts/${pipeline}/`;

/** A shard that gets nothing more keeps them for so long; the work bucket must for longer. */
export const COUNTS_KEPT_DAYS = 30;

/** A contract in the Glue Schema Registry. */
export const schemaName = z.strictObject({ registry: z.string(), name: z.string() });
export type SchemaName = z.infer<typeof schemaName>;

/** Sinks that are written record by record. */
export const liveSink = z.discriminatedUnion('kind', [dynamoSink, keyspacesSink]);
export type LiveSink = z.infer<typeof liveSink>;

/** `countOf` counts the values that are not NULL. */
export const AGGREGATE_KINDS = ['sum', 'min', 'max', 'countOf'] as const;
export type AggregateKind = (typeof AGGREGATE_KINDS)[number];

/** What is counted of the rows of a window, by group and shard: items of a DynamoDB table of the pipeline's stack. */
export const streamAggregate = z.strictObject({
  table: z.string(),
  /** the source, or the row function over it */
  model: z.string(),
  /** columns of it */
  by: z.array(z.string()),
  /** attribute that counts */
  count: z.string(),
  /** what each other attribute keeps of a column's values */
  values: z.array(z.strictObject({ name: z.string(), how: z.enum(AGGREGATE_KINDS), column: z.string() })),
});
export type StreamAggregate = z.infer<typeof streamAggregate>;

export const streamPlan = z.strictObject({
  stream: z.string(),
  /** the source's name */
  source: z.string(),
  columns: z.array(contractColumn),
  onDrift,
  /** UTF-8 bytes of a text or a JSON document, where a target of the runs takes no longer ones */
  mostTextBytes: z.optional(z.int()),
  /** the secret with the key by which personal data is hashed */
  piiSecret: z.optional(z.string()),
  schema: z.optional(schemaName),
  dedupe: z.optional(z.strictObject({ by: z.array(z.string()), withinSeconds: z.number() })),
  /** a record is late whose `by` lies more than this before it was received */
  late: z.optional(z.strictObject({ by: z.string(), allowSeconds: z.number() })),
  /** the column that says when the producer got it; absent: Kinesis' arrival time */
  receivedAt: z.optional(z.string()),
  /** in the landing bucket, ends in / */
  prefix: z.string(),
  /** how long the stream keeps a record */
  retentionHours: z.int(),
  /** the row function that live sinks and aggregates read, where one does; its code is in the function's bundle */
  rowFunction: z.optional(
    z.strictObject({
      name: z.string(),
      /** as the definition names it */
      file: z.string(),
      columns: z.array(contractColumn),
      onDrift,
      onBadRow: badRowLimits,
      mostTextBytes: z.optional(z.int()),
      input: z.strictObject({ name: z.string(), columns: z.array(outputColumn) }),
    }),
  ),
  /** `sink.model` is the source or the row function */
  live: z.array(liveSink),
  /** all of one window, that of the mapping */
  aggregates: z.optional(z.strictObject({ windowSeconds: z.int(), tables: z.array(streamAggregate) })),
});
export type StreamPlan = z.infer<typeof streamPlan>;
