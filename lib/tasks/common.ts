/**
 * Shapes that pass between the steps of a run. The compiler writes them into the state machine, the handlers parse them:
 * one schema for both, so the two cannot drift. Everything here is plain JSON and small (pointers, never rows).
 */
import * as z from 'zod/mini';
import { driftEntry } from './drift';
import { pii } from './pii';
import { interval } from './schedule';

export { type OnDrift, onDrift } from './drift';

export const columnType = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('bigint') }),
  z.strictObject({ type: z.literal('integer') }),
  z.strictObject({ type: z.literal('decimal'), precision: z.int(), scale: z.int() }),
  z.strictObject({ type: z.literal('double') }),
  /** `length` in characters; absent: unbounded */
  z.strictObject({ type: z.literal('text'), length: z.optional(z.int()) }),
  z.strictObject({ type: z.literal('boolean') }),
  z.strictObject({ type: z.literal('date') }),
  /** Stored in UTC. `timezone` (IANA) applies to values without an offset; default UTC. */
  z.strictObject({ type: z.literal('timestamp'), timezone: z.optional(z.string()) }),
  z.strictObject({ type: z.literal('json') }),
]);
export type ColumnType = z.infer<typeof columnType>;

/** A column of a contract. */
export const contractColumn = z.strictObject({
  name: z.string(),
  type: columnType,
  nullable: z.boolean(),
  key: z.boolean(),
  /** The header (CSV) or member (NDJSON) that holds it, where it is not the name in any spelling (`Created at` is `created_at`). */
  from: z.optional(z.string()),
  /** personal data: nothing but its mask or hash, as text, is ever staged */
  pii: z.optional(pii),
});
export type ContractColumn = z.infer<typeof contractColumn>;

/** A column of a model's result. */
export const outputColumn = z.strictObject({ name: z.string(), type: columnType, nullable: z.boolean() });
export type OutputColumn = z.infer<typeof outputColumn>;

/** One version of one object. Every read pins `versionId` (absent only in an unversioned bucket). */
export const objectVersion = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  versionId: z.optional(z.string()),
  etag: z.string(),
  /** bytes */
  size: z.int(),
  /** ISO 8601, UTC */
  lastModified: z.string(),
  /** S3's sequencer: orders the versions of one key; compare after padding to equal length */
  sequencer: z.optional(z.string()),
});
export type ObjectVersion = z.infer<typeof objectVersion>;

/** The rows whose time in `column` lies in [start, end); ISO 8601, UTC. */
export const rebuilds = z.strictObject({ column: z.string(), start: z.string(), end: z.string() });
export type Rebuilds = z.infer<typeof rebuilds>;

/** What every task of a run is told about it. Made by Admit. */
export const run = z.strictObject({
  pipeline: z.string(),
  /** the execution's name */
  runId: z.string(),
  executionArn: z.string(),
  /** ISO 8601, UTC: when the execution started */
  startedAt: z.string(),
  /** pipeline and object set (or interval): never the execution */
  loadKey: z.string(),
  /** first 16 hex digits of the load key's SHA-256; `_load_id` in the targets */
  loadId: z.string(),
  /** 0, and one more for each deliberate reprocessing of the same load key */
  generation: z.int(),
  /** `_arrival` in the targets: sortable arrival order of what this run loads */
  arrival: z.string(),
  /** the data interval, where the trigger is a schedule: ISO 8601 UTC, half-open */
  interval: z.optional(interval),
  /** the other pipeline's run that this one is for */
  after: z.optional(z.strictObject({ pipeline: z.string(), runId: z.string() })),
  /**
   * A load that is done again although it is not the latest: where a newer one has replaced a table as a whole, that stays. Other
   * deliberate reprocessing puts its own in place.
   */
  yields: z.optional(z.literal(true)),
  /** rows of this time span are made anew from where all records are kept: what was appended of it is replaced */
  rebuilds: z.optional(rebuilds),
});
export type Run = z.infer<typeof run>;

/** A pointer to a JSON document in the work bucket; readers check the ETag. */
export const manifestRef = z.strictObject({ key: z.string(), etag: z.string(), length: z.int() });
export type ManifestRef = z.infer<typeof manifestRef>;

export const partFormat = z.enum(['parquet', 'csv']);
export type PartFormat = z.infer<typeof partFormat>;

/** One staged file. `csv` parts are gzipped, without header, NULL as an unquoted empty field, UTF-8, quoted by `"`. */
export const part = z.strictObject({
  key: z.string(),
  etag: z.string(),
  /** bytes in S3 */
  length: z.int(),
  rows: z.int(),
  format: partFormat,
});
export type Part = z.infer<typeof part>;

/** What a task staged: the document behind a `ManifestRef`. A dataset is a source or a model. */
export const manifest = z.strictObject({
  step: z.string(),
  partition: z.string(),
  datasets: z.record(
    z.string(),
    z.strictObject({ rows: z.int(), columns: z.array(outputColumn), parts: z.array(part) }),
  ),
  /** These count as well: one document stands for many, so that the state stays small. */
  manifests: z.optional(z.array(manifestRef)),
  /** Of a source of which a share of the partitions may fail: how many there were, and which are missing. */
  collected: z.optional(
    z.strictObject({
      source: z.string(),
      partitions: z.int(),
      missing: z.array(
        z.strictObject({
          id: z.string(),
          values: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
        }),
      ),
    }),
  ),
  /** Only an extract task reads rows and rejects some. */
  source: z.optional(
    z.strictObject({
      name: z.string(),
      /** the file; absent where the source answers in rows */
      object: z.optional(objectVersion),
      /** the database, where it is one: `mysql://shop.example.com:3306/shop` */
      origin: z.optional(z.string()),
      /** it is a row function: its rows are made of what a source has read */
      isModel: z.optional(z.boolean()),
      /** rows in the input: good + rejected */
      read: z.int(),
      rejected: z.int(),
      /** how it differs from the contract, where the task has gone on all the same */
      drift: z.optional(z.array(driftEntry)),
      /** files that are in quarantine as a whole: none of them counts as read; a line of `quarantine` stands for each */
      aside: z.optional(z.array(z.strictObject({ file: z.string(), reason: z.string() }))),
      /** NDJSON of `rejectedRow`, absent when nothing was rejected */
      quarantine: z.optional(z.strictObject({ key: z.string(), etag: z.string(), length: z.int(), rows: z.int() })),
    }),
  ),
});
export type Manifest = z.infer<typeof manifest>;

/** One line of a quarantine file. */
export const rejectedRow = z.strictObject({
  /** of the file; null where the source answers in rows */
  bucket: z.nullable(z.string()),
  key: z.nullable(z.string()),
  versionId: z.optional(z.string()),
  /** where the source answers in rows: its name, the partition, and the row's number in it, from 1 */
  source: z.optional(z.string()),
  partition: z.optional(z.string()),
  row: z.optional(z.int()),
  /** of a stream: where the record was */
  shard: z.optional(z.string()),
  sequence: z.optional(z.string()),
  /** line in the file, from 1, header included, where the record starts */
  line: z.nullable(z.int()),
  /** byte offset in the (uncompressed) file where the record starts */
  offset: z.nullable(z.int()),
  column: z.nullable(z.string()),
  reason: z.string(),
  /** the record as it stands in the file, or the row as JSON; bytes that are not UTF-8 as U+FFFD; at most 64 KiB, then cut and `rawTruncated` */
  raw: z.string(),
  rawTruncated: z.optional(z.boolean()),
  /** columns of personal data, which are masked in `raw`: the row itself is only where it was read */
  redacted: z.optional(z.array(z.string())),
  /** nothing of the row is in `raw`, since nobody can tell which part of it is personal data */
  withheld: z.optional(z.literal(true)),
  /** it stands for the whole file, whose header `raw` is */
  wholeFile: z.optional(z.literal(true)),
});
export type RejectedRow = z.infer<typeof rejectedRow>;

/** Counts that every step returns beside its pointer, so that the console and the CLI show progress. */
export const staged = z.strictObject({
  manifest: manifestRef,
  rows: z.int(),
  bytes: z.int(),
  rejected: z.int(),
});
export type Staged = z.infer<typeof staged>;

/** How the values of a text file are written. */
const conventions = {
  /** text that stands for NULL besides an empty field */
  nullText: z.optional(z.string()),
  /** between whole number and fraction; default . */
  decimal: z.optional(z.enum(['.', ','])),
  /** between groups of three digits; default: none */
  thousands: z.optional(z.string()),
  /** as strptime(3); default: ISO 8601 */
  dateFormat: z.optional(z.string()),
  timestampFormat: z.optional(z.string()),
};

/** How a landed file is written. Compression is seen from its first bytes, never from its name. */
export const fileFormat = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('csv'),
    /** default: sniffed among , ; tab | */
    delimiter: z.optional(z.string()),
    quote: z.optional(z.string()),
    /** false: the file has no header; 'ignore': its header is passed over. The columns of the contract are then those of the file, in order */
    header: z.optional(z.union([z.boolean(), z.literal('ignore')])),
    ...conventions,
  }),
  z.strictObject({ kind: z.literal('ndjson') }),
  /** one document: an array of objects, or one at `path`, members joined by points */
  z.strictObject({ kind: z.literal('jsonArray'), path: z.optional(z.string()) }),
  z.strictObject({
    kind: z.literal('fixedWidth'),
    /** of a line, in characters */
    fields: z.array(z.strictObject({ name: z.string(), width: z.int() })),
    /** spaces at the end of a line may be missing */
    trimmed: z.optional(z.boolean()),
    ...conventions,
  }),
  z.strictObject({ kind: z.literal('parquet') }),
]);
export type FileFormat = z.infer<typeof fileFormat>;

/** How many bad rows a source may have before the run fails: both limits hold. `maxRate` is a share, 0 to 1. */
export const badRowLimits = z.strictObject({ maxRate: z.optional(z.number()), maxCount: z.optional(z.int()) });
export type BadRowLimits = z.infer<typeof badRowLimits>;

/** A file to read, or a byte range of one. Range ends are record boundaries: `start` inclusive, `end` exclusive. */
export const fileSlice = z.strictObject({
  object: objectVersion,
  format: fileFormat,
  range: z.optional(z.strictObject({ start: z.int(), end: z.int(), /** line of `start`, from 1 */ line: z.int() })),
});
export type FileSlice = z.infer<typeof fileSlice>;

export const partition = z.extend(fileSlice, { id: z.string() });
export type Partition = z.infer<typeof partition>;

export const writeMode = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('append') }),
  z.strictObject({
    mode: z.literal('replace'),
    /** only rows whose value here (a timestamp, or the midnight of a date) lies in the run's data interval; absent: the whole table */
    interval: z.optional(z.string()),
  }),
  z.strictObject({
    mode: z.literal('merge'),
    keys: z.array(z.string()),
    newestBy: z.optional(z.string()),
    /** a boolean column: true deletes the key */
    deletedBy: z.optional(z.string()),
  }),
  z.strictObject({
    mode: z.literal('scd2'),
    keys: z.array(z.string()),
    /** a change of one of these begins a new version; absent: every column beside the keys and `newestBy` */
    track: z.optional(z.array(z.string())),
    /** a date or timestamp: when the row became so; absent: when its load arrived */
    newestBy: z.optional(z.string()),
  }),
]);
export type WriteMode = z.infer<typeof writeMode>;

/** Where a model's rows go. `columns` are the model's, without the bookkeeping columns. */
const sinkCommon = z.strictObject({
  id: z.string(),
  model: z.string(),
  columns: z.array(outputColumn),
  write: writeMode,
  /** a new column of the input becomes a nullable column of the target */
  evolve: z.boolean(),
});
export const redshiftSink = z.extend(sinkCommon, {
  kind: z.literal('redshift'),
  schema: z.string(),
  table: z.string(),
  distKey: z.optional(z.string()),
  sortKey: z.optional(z.array(z.string())),
});
export const postgresSink = z.extend(sinkCommon, {
  kind: z.literal('postgres'),
  schema: z.string(),
  table: z.string(),
});
export const lakeSink = z.extend(sinkCommon, {
  kind: z.literal('lake'),
  /** Glue database and table */
  database: z.string(),
  table: z.string(),
  /** partition columns, in order; part of `columns` */
  partitionBy: z.array(z.string()),
});
export const dynamoSink = z.extend(sinkCommon, {
  kind: z.literal('dynamoTable'),
  /** the table's own name */
  table: z.string(),
  /** columns */
  key: z.strictObject({ partitionKey: z.string(), sortKey: z.optional(z.string()) }),
  /** the column that says when an item expires: a date or timestamp, kept as seconds since 1970 */
  ttl: z.optional(z.string()),
});
/** It is no table: nothing is loaded, and records are put when everything else is published. */
export const kinesisSink = z.extend(sinkCommon, {
  kind: z.literal('kinesis'),
  /** the stream's own name */
  stream: z.string(),
  /** the column whose value is a record's partition key */
  partitionBy: z.string(),
  /** the contract in the Glue Schema Registry, whose version records carry; absent: plain JSON */
  schema: z.optional(z.strictObject({ registry: z.string(), name: z.string(), definition: z.string() })),
});
export const keyspacesSink = z.extend(sinkCommon, {
  kind: z.literal('keyspaces'),
  keyspace: z.string(),
  table: z.string(),
  /** columns */
  key: z.strictObject({ partitionKey: z.array(z.string()), clusteringKey: z.array(z.string()) }),
  /** the column that says when a row expires: a date or timestamp */
  ttl: z.optional(z.string()),
});
export const sink = z.discriminatedUnion('kind', [redshiftSink, postgresSink, lakeSink, dynamoSink, keyspacesSink]);
export type RedshiftSink = z.infer<typeof redshiftSink>;
export type PostgresSink = z.infer<typeof postgresSink>;
export type LakeSink = z.infer<typeof lakeSink>;
export type DynamoSink = z.infer<typeof dynamoSink>;
export type KeyspacesSink = z.infer<typeof keyspacesSink>;
export type KinesisSink = z.infer<typeof kinesisSink>;
export type Sink = z.infer<typeof sink>;

/** Bookkeeping columns of every target table (in the lake `_load_id` is a partition column for `append`). */
export const BOOKKEEPING_COLUMNS: readonly OutputColumn[] = [
  { name: '_load_id', type: { type: 'text', length: 64 }, nullable: false },
  { name: '_loaded_at', type: { type: 'timestamp' }, nullable: false },
  { name: '_arrival', type: { type: 'text', length: 96 }, nullable: false },
];

/** What `scd2` adds to the target: a version is valid from `valid_from` until before `valid_to`, which the current one does not have. */
export const HISTORY_COLUMNS: readonly OutputColumn[] = [
  { name: 'valid_from', type: { type: 'timestamp' }, nullable: false },
  { name: 'valid_to', type: { type: 'timestamp' }, nullable: true },
  { name: 'is_current', type: { type: 'boolean' }, nullable: false },
];
