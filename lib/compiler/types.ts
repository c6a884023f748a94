/**
 * What a pipeline compiles to: plain data. The CDK constructs render it, tests compare it whole, the committed
 * `state-machine.asl.json` shows it in every review. Nothing in here knows about CDK or about an account.
 */
import type { StateMachine } from '../asl/types';
import type { SparkWorker } from '../pipeline/types';
import type { AlertKind } from '../tasks/alert';
import type { OutputColumn } from '../tasks/common';
import type { LineagePlan } from '../tasks/lineage';
import type { ReadTable } from '../tasks/rebuild';
import type { ReconcileInput } from '../tasks/reconcile';
import type { WatchSpec } from '../tasks/watch';
import type { BudgetPlan } from './budget';

export type TaskKind =
  | 'admit'
  | 'admit-interval'
  | 'admit-after'
  | 'gather'
  | 'rebuild'
  | 'turn'
  | 'extract-files'
  | 'extract-published'
  | RowTaskKind
  | 'collect'
  | 'transform'
  | 'transform-rows'
  | 'transform-spark'
  | 'load-redshift'
  | 'load-postgres'
  | 'publish-lake'
  | 'load-dynamodb'
  | 'publish-dynamodb'
  | 'load-keyspaces'
  | 'publish-keyspaces'
  | 'put-records'
  | 'consume'
  | 'check'
  | 'publish'
  | 'record'
  | 'watch-budget'
  | 'reconcile'
  | 'report-failure'
  | 'deliver-alert'
  | 'redshift-statement-finished';

/** One for each kind of source that answers in rows. */
export type RowTaskKind = 'extract-http' | 'extract-mysql' | 'extract-postgres' | 'extract-dynamodb' | 'extract-custom';

export type BucketName = 'landing' | 'work' | 'lake';

/** A least-privilege permission in the pipeline's terms; `lib/constructs/grants.ts` turns each into IAM statements. */
export type Grant =
  /** `paths` are key patterns with `*`, e.g. `runs/orders/*` */
  | { readonly grant: 'readObjects'; readonly bucket: BucketName; readonly paths: readonly string[] }
  /** list the versions of objects under prefixes that match, e.g. `clicks/*` */
  | { readonly grant: 'listObjects'; readonly bucket: BucketName; readonly prefixes: readonly string[] }
  | { readonly grant: 'writeObjects'; readonly bucket: BucketName; readonly paths: readonly string[] }
  /** set and take off tags of objects under `paths`, which end in `/*`, and list what is there */
  | { readonly grant: 'tagObjects'; readonly bucket: BucketName; readonly paths: readonly string[] }
  /** list, read, write and delete what is under `path`, which ends in `/*` */
  | { readonly grant: 'queueObjects'; readonly bucket: BucketName; readonly path: string }
  /** get, put, update and query of ledger items whose partition key is one of these patterns (`dynamodb:LeadingKeys`) */
  | { readonly grant: 'ledger'; readonly keys: readonly string[] }
  /** get and put many ledger items at once whose partition keys are of these patterns */
  | { readonly grant: 'ledgerBatches'; readonly keys: readonly string[] }
  /** get and query ledger items whose partition key is one of these patterns */
  | { readonly grant: 'readLedger'; readonly keys: readonly string[] }
  /** take on the pipeline's statement role, which submits and describes statements as the pipeline's database user (its secret) */
  | { readonly grant: 'redshift' }
  | { readonly grant: 'postgres' }
  /** SendTaskSuccess, SendTaskFailure on the pipeline's state machine */
  | { readonly grant: 'completeTasks' }
  /** start the pipeline's own runs, and ask since when there is its state machine */
  | { readonly grant: 'startRuns' }
  /** start the pipeline's runs, and timers that invoke the function again */
  | { readonly grant: 'startGathered' }
  /** the pipeline's turns in the ledger */
  | { readonly grant: 'turns' }
  /** ask what a job run of the pipeline's EMR Serverless application has used */
  | { readonly grant: 'describeJobs' }
  /** read what the pipeline's functions have logged */
  | { readonly grant: 'readLogs' }
  /** read the pipeline's executions and their history */
  | { readonly grant: 'readExecutions' }
  /** list them */
  | { readonly grant: 'listExecutions' /** another pipeline's */; readonly of?: string }
  /** list and read the children of its Distributed Maps */
  | { readonly grant: 'readChildren' }
  | { readonly grant: 'glueTable'; readonly database: string; readonly table: string }
  /** write items of a DynamoDB table of the pipeline's stack, one by one */
  | { readonly grant: 'putItems'; readonly table: string }
  /** read the records of a stream, as an event-source mapping does in the function's name */
  | { readonly grant: 'readStream'; readonly stream: string }
  /** look up a version of a contract by its id */
  | { readonly grant: 'readSchemaVersions' }
  /** find the version of a contract that has a definition */
  | { readonly grant: 'findSchemaVersion'; readonly registry: string; readonly name: string }
  /** put records on a stream */
  | { readonly grant: 'putRecords'; readonly stream: string }
  /** tell the stream's on-failure queue of records that were given up */
  | { readonly grant: 'tellOfGivenUp' }
  /** ask that queue how many notes are in it */
  | { readonly grant: 'countGivenUp' }
  | { readonly grant: 'publishAlerts' }
  /** publish to the topic of the pipeline's channel in Slack */
  | { readonly grant: 'publishToSlack' }
  /** read the secrets `stepwell/<name>`, which the user keeps in Secrets Manager */
  | { readonly grant: 'readSecrets'; readonly names: readonly string[] }
  /** scan a DynamoDB table of the user's */
  | { readonly grant: 'scanTable'; readonly table: string }
  /** write, delete and scan the items of a DynamoDB table of the pipeline's stack */
  | { readonly grant: 'writeTable'; readonly table: string }
  /** read and write the rows of a table of Keyspaces, of the pipeline's stack */
  | { readonly grant: 'writeKeyspace'; readonly keyspace: string; readonly table: string };

/**
 * Environment variables that a function gets, by name. Values are the foundation's or the pipeline's resources:
 * `lib/constructs/environment.ts`.
 */
export type EnvironmentName =
  | 'LANDING_BUCKET'
  | 'WORK_BUCKET'
  | 'LAKE_BUCKET'
  | 'LEDGER_TABLE'
  | 'REDSHIFT_WORKGROUP'
  | 'REDSHIFT_DATABASE'
  | 'REDSHIFT_SECRET_ARN'
  | 'REDSHIFT_ROLE_ARN'
  | 'REDSHIFT_COPY_ROLE_ARN'
  | 'AURORA_CLUSTER_ARN'
  | 'AURORA_DATABASE'
  | 'AURORA_ENDPOINT'
  | 'AURORA_SECRET_ARN'
  | 'ALERTS_TOPIC_ARN'
  | 'ALERT_CHANNELS'
  | 'ALERTS_AT_ONCE'
  | 'TELL_SUCCESS'
  | 'SLACK_TOPIC_ARN'
  | 'STATE_MACHINE_ARN'
  | 'SPARK_APPLICATION_ID'
  | 'GATHER_TIMER_ARN'
  | 'GIVEN_UP_QUEUE_URL';

/** A file of the user's, and the source or model that it is for. */
export interface UserCode {
  /** absolute path */
  readonly file: string;
  readonly of: string;
}

/** One Lambda function of the pipeline: one for each task kind that it uses, and one for each file of the user's own TypeScript. */
export interface FunctionSpec {
  /** construct id and ASL substitution: `ExtractFiles` gives `${ExtractFilesFunctionArn}` in the definition */
  readonly id: string;
  /** `lambdas/<task>/handler.ts`; one bundle for each task kind */
  readonly task: TaskKind | 'lineage';
  /** the user's own TypeScript, bundled into it */
  readonly userCode?: UserCode;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** size of /tmp */
  readonly storageMb: number;
  /** needs the DuckDB layer */
  readonly duckdb: boolean;
  readonly environment: readonly EnvironmentName[];
  /** further variables, as they are */
  readonly settings?: Readonly<Record<string, string>>;
  readonly grants: readonly Grant[];
  /** files that lie beside its code, by name */
  readonly beside?: Readonly<Record<string, string>>;
  /** the VPC that it runs in; absent: none */
  readonly network?: { readonly subnetIds: readonly string[]; readonly securityGroupIds: readonly string[] };
}

/** A matcher for `detail.object.key` in an EventBridge pattern (text: that key alone); coarser than the glob (Admit matches exactly). */
export type KeyMatcher =
  | string
  | { readonly prefix: string }
  | { readonly suffix: string }
  | { readonly wildcard: string };

export interface LakeTable {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly OutputColumn[];
  /** partition columns in order, `_load_id` last where the write mode is append */
  readonly partitionColumns: readonly OutputColumn[];
}

/** A DynamoDB table of the pipeline's stack. */
export interface DynamoTable {
  readonly table: string;
  readonly partitionKey: DynamoKeyAttribute;
  readonly sortKey?: DynamoKeyAttribute;
  /** the attribute that says when an item expires */
  readonly ttl?: string;
}
export interface DynamoKeyAttribute {
  readonly name: string;
  readonly type: 'S' | 'N';
}

/** A table of Amazon Keyspaces of the pipeline's stack, with its CQL types. */
export interface KeyspacesTable {
  readonly keyspace: string;
  readonly table: string;
  readonly partitionKey: readonly CqlColumn[];
  readonly clusteringKey: readonly CqlColumn[];
  readonly columns: readonly CqlColumn[];
  /** rows of it expire: what those live for that do not say it */
  readonly ttlSeconds?: number;
}
export interface CqlColumn {
  readonly name: string;
  readonly type: string;
}

/** A Kinesis stream of the pipeline's stack, and how its records come to the function `Consume`. */
export interface CompiledStream {
  /** the stream's own name */
  readonly name: string;
  readonly retentionHours: number;
  readonly mapping: {
    readonly batchSize: number;
    readonly windowSeconds: number;
    readonly parallel: number;
    readonly startFrom: 'TRIM_HORIZON' | 'LATEST';
    readonly attempts: number;
    /** absent: as long as the stream keeps a record */
    readonly maxAgeSeconds?: number;
    readonly tumblingSeconds?: number;
  };
  /** an alarm tells of records that wait for longer */
  readonly lateSeconds: number;
}

/** Who hears of what. */
export interface CompiledAlerts {
  /** of all that is published */
  readonly email: readonly string[];
  /** of some kinds only */
  readonly routed?: readonly { readonly address: string; readonly kinds: readonly AlertKind[] }[];
  readonly slack?: { readonly workspace?: string; readonly channel?: string; readonly kinds: readonly AlertKind[] };
  readonly webhook?: {
    readonly secret: string;
    readonly format: 'slack' | 'teams' | 'json';
    readonly kinds: readonly AlertKind[];
  };
  /** somebody wants to hear of each run that has published */
  readonly success?: true;
  /** how many of a kind are told one by one */
  readonly atOnce?: number;
}

/** The contract of a stream, as the Glue Schema Registry has it. */
export interface StreamContractSpec {
  readonly registry: string;
  readonly name: string;
  /** JSON Schemas that were and are, oldest first */
  readonly versions: readonly string[];
  /** that of today: one of them */
  readonly current: string;
}

/** The EMR Serverless application on which a pipeline's models run. */
export interface SparkSpec {
  readonly release: string;
  /** minutes without a job after which it stops */
  readonly idleMinutes: number;
  /** of all its jobs together */
  readonly maximum: { readonly vcpu: number; readonly memoryGb: number };
  /** workers that wait for jobs */
  readonly warm?: { readonly executors: number; readonly driver: SparkWorker; readonly executor: SparkWorker };
  /** the folder of the pipeline's modules in Python: an absolute path */
  readonly python?: string;
  /** keys of the work bucket that its jobs read: patterns that end in `/*` */
  readonly reads: readonly string[];
}

export interface CompiledPipeline {
  /** kebab-case, e.g. `orders` */
  readonly name: string;
  /** PascalCase, e.g. `Orders` */
  readonly title: string;
  readonly description: string;
  /** ASL; function ARNs and the like are `${Substitutions}` */
  readonly definition: StateMachine;
  readonly functions: readonly FunctionSpec[];
  /** S3 arrivals in the landing bucket that start a run */
  readonly arrival?: { readonly keys: readonly KeyMatcher[] };
  /** arrivals are gathered first, by a function; `deadline`: when it is invoked to look whether files are late */
  readonly gather?: { readonly deadline?: { readonly expression: string; readonly timezone: string } };
  /** records come one by one: what is staged of them arrives as files */
  readonly stream?: CompiledStream;
  /** of its records */
  readonly contract?: StreamContractSpec;
  /** the pipeline whose runs start one of this, once they have succeeded */
  readonly after?: { readonly pipeline: string };
  /** when EventBridge Scheduler starts a run */
  readonly schedule?: { readonly expression: string; readonly timezone: string };
  /** schemas that the bootstrap creates and grants to the pipeline's database user */
  readonly redshift?: { readonly schemas: readonly string[] };
  readonly postgres?: {
    readonly schemas: readonly string[];
    /** tables of other pipelines, which the user may read */
    readonly reads?: readonly ReadTable[];
  };
  readonly lakeTables: readonly LakeTable[];
  readonly dynamoTables: readonly DynamoTable[];
  /** absent: none */
  readonly keyspacesTables?: readonly KeyspacesTable[];
  readonly alerts: CompiledAlerts;
  /** runs wait for each other: their failures give the turn on */
  readonly takesTurns?: true;
  /** absent: no model of it runs on Spark */
  readonly spark?: SparkSpec;
  /** what its tables are made of */
  readonly lineage: LineagePlan;
  /** what is looked at each hour, and at the deadline besides */
  readonly watch: {
    readonly spec: WatchSpec;
    readonly deadline?: { readonly expression: string; readonly timezone: string };
  };
  /** what is compared once a day */
  readonly reconcile?: ReconcileInput;
  /** a dashboard of its own */
  readonly dashboard?: true;
  /** absent: it has none */
  readonly budget?: BudgetPlan;
  /** alarm when more than this share of a run's rows is quarantined, 0 to 1 */
  readonly quarantineRateAlarm: number;
}
