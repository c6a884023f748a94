/** What a pipeline definition is made of: plain data, built by the functions beside this file. */
import type { AlertKind, AlertSeverity } from '../tasks/alert';
import type { Check as CheckData } from '../tasks/check';
import type { BadRowLimits, FileFormat, OnDrift, WriteMode } from '../tasks/common';
import type { RowPartition, RowSourceConfig } from '../tasks/extract-rows';
import type { Column } from './columns';
import type { Columns } from './typescript';

/** A length of time: `seconds(30)`, `minutes(5)`, `hours(2)`. */
export interface Duration {
  readonly seconds: number;
}

/** Another file says that the files are whole. Made by `marker`. */
export interface Marker {
  readonly kind: 'marker';
  /** a name in the folder of the files, or a glob */
  readonly file: string;
}
/** Made by `fileCount`. */
export interface FileCount {
  readonly kind: 'files';
  readonly count: number;
}
/** Made by `quiet`. */
export interface Quiet {
  readonly kind: 'quiet';
  readonly after: Duration;
}

/** When an alert says that the files are not whole yet. */
export type ArrivalDeadline =
  /** each day at a time of the clock, be it that no file has come at all */
  | {
      /** `06:00` */
      readonly by: string;
      /** IANA name; default UTC */
      readonly timezone?: string;
      /** so many days after the one that the files are named by; default 1 */
      readonly daysLater?: number;
      readonly within?: undefined;
    }
  /** so long after the first file */
  | { readonly within: Duration; readonly by?: undefined };

export interface ArrivalOptions {
  /** a run starts when so many files have come, or so long after the first of them */
  readonly batch?: { readonly maxFiles: number; readonly window: Duration };
  /** a run starts when the files are whole: those of each date that the patterns name, or all */
  readonly whole?: Marker | FileCount | Quiet;
  readonly deadline?: ArrivalDeadline;
}

/** Starts a run for each object that arrives in the landing bucket under a key that matches a pattern, or for many that belong together. */
export interface S3Arrival extends ArrivalOptions {
  readonly kind: 's3Arrival';
  /** with `batch` or `whole` they may name dates: files of each are gathered apart */
  readonly patterns: readonly string[];
}

/** Starts a run at the times of a crontab; each run covers the data interval since the time before. */
export interface Cron {
  readonly kind: 'cron';
  /** five fields, as in crontab(5) */
  readonly cron: string;
  /** IANA name */
  readonly timezone: string;
  /**
   * Which intervals run by themselves that were missed, as the schedule was disabled or out of order. 'all': each has a run of its own, as
   * soon as the schedule starts one again. 'last': the latest interval that is over, though the schedule is late. Default: none.
   *
   * @example trigger: cron('0 1 * * *', { catchUp: 'all' })
   */
  readonly catchUp?: 'all' | 'last' | 'none';
}
/** Starts a run whenever another pipeline has published; each run is for that pipeline's load, and for its interval where that has one. */
export interface After {
  readonly kind: 'after';
  /** its name */
  readonly pipeline: string;
  /** whether its runs have intervals: found out by compiling the two together, never declared */
  readonly hasIntervals?: boolean;
}
export type Trigger = S3Arrival | Cron | After;

/** How often, and for how long, records that a function could not take are tried again. */
export interface StreamRetry {
  /** default 100 */
  readonly attempts?: number;
  /** since a record came; default: a day, or the stream's retention where that is shorter */
  readonly maxAge?: Duration;
}
export interface StreamOptions {
  /** records of a batch, 1 to 10,000; default 500 */
  readonly batch?: number;
  /** a batch waits so long for more, 0 to 300 s; default 5 s */
  readonly window?: Duration;
  /** batches of one shard at once, 1 to 10; default 1. Records of one partition key keep their order */
  readonly parallel?: number;
  /** so often a run publishes what has been staged; default 5 minutes */
  readonly publishEvery?: Duration;
  /** which records a stream that is there already begins with; default 'oldest' */
  readonly startFrom?: 'oldest' | 'newest';
  readonly retry?: StreamRetry;
  /** how long the stream keeps a record, 24 hours to 365 days; default 7 days */
  readonly retention?: Duration;
  /** memory of the function that takes the records; default 1024 */
  readonly memoryMb?: number;
}
/** Records of a Kinesis stream, which the pipeline's stack makes: taken at once, published by runs every few minutes. */
export interface StreamOf extends StreamOptions {
  readonly kind: 'streamOf';
  /** the stream's own name */
  readonly stream: string;
}

interface SourceCommon {
  readonly columns: Readonly<Record<string, Column>>;
  /**
   * What is done where columns are new, missing or of another type: one word for all, or one for each; what is not named fails.
   *
   * @example onDrift: 'evolve'
   * @example onDrift: { newColumns: 'ignore', missingColumns: 'fail', changedTypes: 'quarantine' }
   */
  readonly onDrift: OnDrift;
  readonly onBadRow: BadRowLimits;
  readonly memoryMb: number;
}

export interface LandedFiles extends SourceCommon {
  readonly kind: 'landedFiles';
  /** which keys, and how each is written; the first glob that matches wins */
  readonly files: readonly { readonly glob: string; readonly format: FileFormat }[];
  /** uncompressed files of lines that are larger than this are read in byte ranges of about this size, side by side */
  readonly rangeMiB: number;
  /** in runs of a schedule: the files of so many intervals before the run's own; absent: 0 */
  readonly intervalsBack?: number;
  /** in runs of a schedule: an interval may have no file at all; absent: that is an error */
  readonly optional?: boolean;
  /** in runs of a schedule: this share of its partitions may fail, 0 to 1; the run is then partial. Absent: 0 */
  readonly tolerate?: number;
}

/** The column that says when a row last changed: an incremental source reads the rows of the run's interval only. */
export interface Cursor {
  readonly column: string;
  /** the first run reads from here (ISO 8601); default: everything */
  readonly initialValue?: string;
  /** how much later than it says a row may appear; that much is read again. Default 0 */
  readonly lag?: Duration;
}

/**
 * Where a function runs that reads a database in a VPC: subnets and security groups that are there. From them the function must reach
 * the database, S3 (a gateway endpoint, free) and Secrets Manager (an interface endpoint, or a NAT gateway).
 */
export interface Network {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** A source that answers in rows. Made by `httpApi`, `mysql`, `postgresTable`, `dynamoDb`. */
export interface RowSource extends SourceCommon {
  readonly kind: RowSourceConfig['kind'];
  readonly config: RowSourceConfig;
  readonly cursor?: Cursor;
  /** what it fans out over; absent: the source plans its own */
  readonly partitions?: readonly RowPartition[];
  /** this share of its partitions may fail, 0 to 1; the run is then partial. Default 0 */
  readonly tolerate?: number;
  /** the VPC of its extract function; absent: none */
  readonly network?: Network;
}
/** What the pipeline that starts the run has published. Made by `published`. */
export interface Published extends SourceCommon {
  readonly kind: 'published';
  readonly pipeline: string;
  /** one that a sink of that pipeline publishes */
  readonly model: string;
  /** that model's: found out by compiling the two together, never declared */
  readonly columns: Readonly<Record<string, Column>>;
}
export type Source = LandedFiles | RowSource | Published;

/** The records of the stream in `streamOf`. Made by `streamRecords`. */
export interface StreamRecords extends SourceCommon {
  readonly kind: 'streamRecords';
  /** of records with the same value in these columns the first counts, for so long */
  readonly dedupe?: { readonly by: string | readonly string[]; readonly within: Duration };
  /** a record is refused whose time in this column lies more than this before it was received */
  readonly late?: { readonly by: string; readonly allow: Duration };
  /** a timestamp: when the producer got it; absent: when Kinesis did */
  readonly receivedAt?: string;
  /** where all records are kept that ever came: what a postgres sink of another pipeline publishes */
  readonly rebuildFrom?: Published;
}

interface SqlModelOptions {
  /** 'redshift': over the tables there; 'spark': on EMR Serverless, over the run's rows; absent: in DuckDB, over those */
  readonly engine?: 'redshift' | 'spark';
  /** what comes of SQL that only the engine understands */
  readonly columns?: Columns;
  readonly spark?: SparkJob;
}

/** A machine of EMR Serverless: 1 vCPU with 2 to 8 GB, 2 with 4 to 16, 4 with 8 to 30, 8 with 16 to 60, 16 with 32 to 120. */
export interface SparkWorker {
  readonly vcpu: 1 | 2 | 4 | 8 | 16;
  readonly memoryGb: number;
}

/** What a Spark job has. @example spark: { executor: { vcpu: 8, memoryGb: 60 }, maxExecutors: 10, timeout: hours(2) } */
export interface SparkJob {
  /** default: 2 vCPU, 8 GB */
  readonly driver?: SparkWorker;
  /** default: 4 vCPU, 16 GB */
  readonly executor?: SparkWorker;
  /** there are as many as it needs, and no more; default 3 */
  readonly maxExecutors?: number;
  /** a job that takes longer is cancelled; default 1 h */
  readonly timeout?: Duration;
}

/** The EMR Serverless application of a pipeline with models on Spark. @example spark: { keepWarm: { executors: 2 }, idleTimeout: minutes(10) } */
export interface SparkApplication {
  /** e.g. `emr-7.9.0`, whose Spark is 3.5 */
  readonly release?: string;
  /** workers that wait for jobs, which then begin in seconds; they cost until the application stops. Default: none */
  readonly keepWarm?: { readonly executors: number };
  /** it stops when no job has come for so long; default 5 min */
  readonly idleTimeout?: Duration;
}

/** A function in Python. Made by `pyspark`. */
export interface PySparkModel<C extends Columns = Columns> {
  readonly kind: 'pyspark';
  readonly file: string;
  /** sources and models */
  readonly from: string | readonly string[];
  /** of the rows that it returns */
  readonly columns: C;
  readonly spark?: SparkJob;
}
export type SqlModel = SqlModelOptions &
  ({ readonly kind: 'sql'; readonly file: string } | { readonly kind: 'sql'; readonly text: string });

/** A function in TypeScript that is called for each row of a source or model. Made by `rowFunction`. */
export interface RowFunctionModel<C extends Columns = Columns> {
  readonly kind: 'rowFunction';
  readonly file: string;
  /** a source or a model */
  readonly from: string;
  /** of the rows that it returns */
  readonly columns: C;
  readonly onDrift: OnDrift;
  readonly onBadRow: BadRowLimits;
  readonly memoryMb: number;
}
export type Model = SqlModel | RowFunctionModel | PySparkModel;

/** `schema.table` */
export type TableName = `${string}.${string}`;

interface SinkCommon<M extends string> {
  readonly model: M;
  readonly write: WriteMode;
}
export interface RedshiftSink<M extends string = string> extends SinkCommon<M> {
  readonly kind: 'redshift';
  readonly table: TableName;
  readonly distKey?: string;
  readonly sortKey?: readonly string[];
}
export interface PostgresSink<M extends string = string> extends SinkCommon<M> {
  readonly kind: 'postgres';
  readonly table: TableName;
}
export interface LakeSink<M extends string = string> extends SinkCommon<M> {
  readonly kind: 'lake';
  /** files have no keys to merge by */
  readonly write: Exclude<WriteMode, { mode: 'merge' | 'scd2' }>;
  readonly table: string;
  readonly partitionBy: readonly string[];
}
/** Columns: one, or two of which the second sorts the items of the first. */
export interface DynamoKey {
  readonly partitionKey: string;
  readonly sortKey?: string;
}
export interface DynamoTableSink<M extends string = string> extends SinkCommon<M> {
  readonly kind: 'dynamoTable';
  /** an item has one place: there is nothing to append to, and no history */
  readonly write: Extract<WriteMode, { mode: 'merge' | 'replace' }>;
  /** the table's own name in DynamoDB; the pipeline's stack makes it */
  readonly table: string;
  readonly key: DynamoKey;
  /** a date or timestamp column: DynamoDB deletes the item some time after it */
  readonly ttl?: string;
  /** of a stream: written record by record, as they come, not by runs; `model` is then the source, or a row function over it */
  readonly live?: boolean;
}
/** Columns: those that say on which node a row lies, and those that sort the rows of one node's partition. */
export interface KeyspacesKey {
  readonly partitionKey: readonly string[];
  readonly clusteringKey?: readonly string[];
}
/** A table of Amazon Keyspaces (Cassandra). Made by `keyspaces`. */
export interface KeyspacesSink<M extends string = string> extends SinkCommon<M> {
  readonly kind: 'keyspaces';
  /** a row has one place: there is nothing to append to, and no history */
  readonly write: Extract<WriteMode, { mode: 'merge' | 'replace' }>;
  /** keyspace and table; the pipeline's stack makes both */
  readonly table: TableName;
  readonly key: KeyspacesKey;
  /** a date or timestamp column: the row is gone after it */
  readonly ttl?: string;
  /** of a stream: written record by record, as they come, not by runs; `model` is then the source, or a row function over it */
  readonly live?: boolean;
}
/** Rows as records of a Kinesis stream, after every other sink of the run is published: each at least once. Made by `kinesis`. */
export interface KinesisSink<M extends string = string> extends SinkCommon<M> {
  readonly kind: 'kinesis';
  /** records are only ever added */
  readonly write: Extract<WriteMode, { mode: 'append' }>;
  /** the stream's own name */
  readonly stream: string;
  /** the column whose value is the partition key: records of one value keep their order */
  readonly partitionBy: string;
  /** no pipeline of this project reads the stream: it is there already */
  readonly external?: boolean;
}
export type TableSink<M extends string = string> =
  | RedshiftSink<M>
  | PostgresSink<M>
  | LakeSink<M>
  | DynamoTableSink<M>
  | KeyspacesSink<M>;
export type Sink<M extends string = string> = TableSink<M> | KinesisSink<M>;

/** Counts, sums, least and greatest values of each window, kept in a DynamoDB table while records come. Made by `aggregate`. */
export interface Aggregate {
  readonly kind: 'aggregate';
  /** the source, or a row function over it; default: the source */
  readonly model?: string;
  /** columns: an item for each of their values, window and shard */
  readonly by: readonly string[];
  /** 1 s to 15 minutes, the same for all aggregates of a pipeline */
  readonly window: Duration;
  /** the attribute that counts rows */
  readonly count: string;
  /** attributes, and the column of numbers that each sums */
  readonly sum?: Readonly<Record<string, string>>;
  /** attributes, and the column of numbers, days or times of which each is the least */
  readonly min?: Readonly<Record<string, string>>;
  /** as `min`: the greatest */
  readonly max?: Readonly<Record<string, string>>;
  /** attributes, and the column whose values each counts: those that are not NULL */
  readonly countOf?: Readonly<Record<string, string>>;
  /** the table's own name in DynamoDB; the pipeline's stack makes it */
  readonly table: string;
}

export type Check<M extends string = string> = CheckData & { readonly model: M };

/** What each task's `Retry` in the state machine says for errors that a retry may mend. Waits have full jitter. */
export interface RetryPolicy {
  /** how often a failed task is tried again; default 3 */
  readonly attempts?: number;
  /** before the first retry; default 2 s */
  readonly interval?: Duration;
  /** each wait is this many times the one before; default 2 */
  readonly backoffRate?: number;
  /** no wait is longer; default 60 s */
  readonly maxInterval?: Duration;
}

/**
 * What an address or a channel wants to hear of: severities, kinds, or both.
 *
 * @example for: ['error']              // failures, missed deadlines, stale data, stuck runs, alarms
 * @example for: ['error', 'warning', 'recovery']
 * @example for: ['success']            // a mail for each run that has published
 */
export type AlertFilter = AlertSeverity | AlertKind;

/** Addresses, and what they want to hear of. */
export interface AlertMailbox {
  readonly to: string | readonly string[];
  /** default: everything but success */
  readonly for?: readonly AlertFilter[];
}

/**
 * A channel in Slack, by Amazon Q Developer in chat applications (formerly AWS Chatbot). Without ids there is only the topic
 * `stepwell-<pipeline>-slack`, for a channel that you configure yourself.
 *
 * @example slack: { workspace: 'T0123ABCD', channel: 'C0123ABCD', for: ['error'] }
 */
export interface SlackAlerts {
  /** its id, as the console of Amazon Q Developer shows it once it is authorized */
  readonly workspace?: string;
  /** its id, at the end of the link to it */
  readonly channel?: string;
  /** default: everything but success */
  readonly for?: readonly AlertFilter[];
}

/**
 * An incoming webhook. Its address is the `url` of the secret `stepwell/<secret>` in Secrets Manager.
 *
 * @example webhook: { secret: 'team-chat', for: ['error', 'recovery'] }
 */
export interface WebhookAlerts {
  readonly secret: string;
  /** what is posted: a message of Slack (default; Mattermost and Rocket.Chat take it too), a card of Teams, or the alert itself */
  readonly format?: 'slack' | 'teams' | 'json';
  /** default: everything but success */
  readonly for?: readonly AlertFilter[];
}

/** @example alerts: { email: ['data@example.com', { to: 'oncall@example.com', for: ['error'] }], webhook: { secret: 'team-chat' } } */
export interface Alerts {
  /** who gets mails: of everything but success, unless `for` says what */
  readonly email?: readonly (string | AlertMailbox)[];
  readonly slack?: SlackAlerts;
  readonly webhook?: WebhookAlerts;
  /** how many alerts of a kind are told one by one; those after them are told together, at growing distances. Default 100 failures, 10 of others */
  readonly atOnce?: number;
  /** alarm when more than this share of a run's rows is quarantined, 0 to 1; default 0.05 */
  readonly quarantineRate?: number;
}

/**
 * How old data may be before somebody is told. It is looked at once an hour.
 *
 * @example freshness: { within: hours(26), inputs: { orders: hours(25) } }
 */
export interface Freshness<S extends string = string> {
  /** published data of each table, by the arrival of their file or the end of their interval */
  readonly within?: Duration;
  /** the newest file of a source, by when it landed */
  readonly inputs?: Readonly<Partial<Record<S, Duration>>>;
}

/**
 * By when all that came before is to be published: each interval of a schedule that ended since the deadline before, or, of a pipeline that
 * no schedule starts, anything.
 *
 * @example deadline: { by: '06:00', timezone: 'Europe/Berlin', days: 'MON-FRI' }
 */
export interface Deadline {
  /** `06:00` */
  readonly by: string;
  /** IANA name; default UTC */
  readonly timezone?: string;
  /** of the week, as in a crontab; default every day */
  readonly days?: string;
}

/**
 * What becomes of a run that finds others of its pipeline at work. 'queue': it waits for its turn, the oldest data first. 'skip': it ends
 * at once, as skipped. `maxActive`: so many may be at work; 1 unless told.
 *
 * @example overlap: 'queue'
 * @example overlap: { policy: 'queue', maxActive: 3 }
 */
export type Overlap =
  | 'queue'
  | 'skip'
  | 'allow'
  | { readonly policy: 'queue' | 'skip' | 'allow'; readonly maxActive?: number };

/**
 * What a pipeline may cost in a calendar month (UTC), in US dollars. An alert of the kind `budget` tells when four fifths of it are spent,
 * when all of it is, and when the month would end above it.
 *
 * @example budget: { monthly: 20 }
 */
export interface Budget {
  readonly monthly: number;
}

export interface PipelineDefinition<S extends string = string, M extends string = string> {
  /** kebab-case: names the stack, the state machine, the database user and its schemas */
  readonly name: string;
  readonly description?: string;
  readonly trigger: Trigger | StreamOf;
  readonly sources: Readonly<Record<S, Source | StreamRecords>>;
  readonly models: Readonly<Record<M, Model>>;
  /** a live sink may write the source itself */
  readonly sinks: readonly Sink<NoInfer<M | S>>[];
  /** of a stream */
  readonly aggregates?: readonly Aggregate[];
  readonly checks?: readonly Check<NoInfer<M>>[];
  /**
   * The name of the secret whose `key` hashes the columns that are `pii('hash')`: `stepwell/<secret>` in Secrets Manager. Default:
   * `<pipeline>-pii`. Pipelines that name one secret give the same value the same hash.
   */
  readonly pii?: { readonly secret: string };
  readonly retry?: RetryPolicy;
  /** a run that takes longer fails; default 6 h */
  readonly timeout?: Duration;
  /** what becomes of a run that finds others at work; default 'allow': it works beside them */
  readonly overlap?: Overlap;
  readonly alerts?: Alerts;
  readonly freshness?: Freshness<NoInfer<S>>;
  readonly deadline?: Deadline;
  /** compare the load ledgers in the databases with the runs once a day, which wakes databases that sleep; default false */
  readonly reconcile?: boolean;
  /** a dashboard of its own in CloudWatch (USD 3 a month each beyond the third of an account), beside the one of all pipelines; default false */
  readonly dashboard?: boolean;
  /** of its models on Spark */
  readonly spark?: SparkApplication;
  /** what it may cost; more is told, and stops nothing */
  readonly budget?: Budget;
}

/** What a pipeline has besides its runs, where a stream starts it: `trigger` and its source are then those of the files that it stages. */
export interface Stream {
  readonly trigger: StreamOf;
  /** name of the source */
  readonly source: string;
  readonly records: StreamRecords;
  readonly aggregates: readonly Aggregate[];
}

/** A definition that has passed validation. Only `definePipeline` makes one. */
export type Pipeline = Omit<PipelineDefinition, 'trigger' | 'sources' | 'aggregates'> & {
  readonly trigger: Trigger;
  readonly sources: Readonly<Record<string, Source>>;
  readonly stream?: Stream;
  readonly validated: true;
};
