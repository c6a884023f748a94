/**
 * What an invocation has used of AWS besides its own time, which Lambda reports itself: a line of its log, by which `stepwell cost` knows
 * whose time it was, and what it asked of others.
 */

/**
 * What services are billed by: calls, where nothing else is said. `dynamoRead` and `dynamoWrite` are request units. Of a stream: `streamIn` is KB, each
 * record's rounded up, `streamOut` KB as they are, `streamKept` KB by the hours for which they are kept after the first day. `keyspacesWrite`: rows, each on a condition.
 */
export const REQUEST_KINDS = [
  's3Read',
  's3Write',
  'dynamoRead',
  'dynamoWrite',
  'rdsData',
  'secrets',
  'sns',
  'events',
  'streamIn',
  'streamOut',
  'streamKept',
  'keyspacesWrite',
] as const;
export type RequestKind = (typeof REQUEST_KINDS)[number];
export type Requests = Readonly<Partial<Record<RequestKind, number>>>;

/** A stretch of time: when it began (ms since 1970), and how long it was (ms). */
export type Stretch = readonly [from: number, ms: number];

/** What a job on Spark is billed for. */
export interface SparkHours {
  readonly vcpuHours: number;
  readonly memoryGbHours: number;
  readonly storageGbHours: number;
}

export interface Used {
  readonly requests: Requests;
  /** from its first call of Aurora to the end of the last */
  readonly aurora?: Stretch;
  /** Redshift's statements that it has submitted or seen ended, by their ids; null: not ended yet */
  readonly redshift?: Readonly<Record<string, Stretch | null>>;
  /** jobs on EMR Serverless, by their ids: more than one invocation may tell of one */
  readonly spark?: Readonly<Record<string, SparkHours>>;
}

export interface UsageLine {
  readonly usage: Used;
  readonly requestId: string;
  readonly pipeline: string;
  /** absent: of no run, or nobody told it which */
  readonly runId?: string;
}
