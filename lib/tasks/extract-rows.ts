/**
 * Sources that answer in rows (an HTTP API, a database, a user's own code), not files. One task kind each, one shape for all:
 * `plan` says which partitions there are, `extract` reads one of them and stages it as Parquet.
 */
import * as z from 'zod/mini';
import { badRowLimits, contractColumn, onDrift, run, staged } from './common';

/** Of an API: what a document column is read from that holds an element as it came. */
export const WHOLE_ROW = '$';

/** What an incremental source reads: `from` ≤ cursor < `to`. Text as the source's cursor column gives it, timestamps in ISO 8601 UTC. */
export const cursorBounds = z.strictObject({
  column: z.string(),
  from: z.optional(z.union([z.string(), z.number()])),
  to: z.optional(z.union([z.string(), z.number()])),
});
export type CursorBounds = z.infer<typeof cursorBounds>;

const scalar = z.union([z.string(), z.number(), z.boolean()]);

/** How a request proves who asks. `secret` is the name of a secret; its value is JSON. */
export const httpAuth = z.discriminatedUnion('kind', [
  /** the secret's `token`, as `Authorization: Bearer` */
  z.strictObject({ kind: z.literal('bearer'), secret: z.string() }),
  /** the secret's `apiKey`, in a header or a query parameter */
  z.strictObject({ kind: z.literal('apiKey'), secret: z.string(), in: z.enum(['header', 'query']), name: z.string() }),
  /** the secret's `clientId` and `clientSecret`, exchanged at `tokenUrl` */
  z.strictObject({
    kind: z.literal('oauth2'),
    secret: z.string(),
    tokenUrl: z.string(),
    scope: z.optional(z.string()),
  }),
  /** the secret's `username` and `password` */
  z.strictObject({ kind: z.literal('basic'), secret: z.string() }),
]);

export const httpPaging = z.discriminatedUnion('kind', [
  /** the answer's member `next` (a path such as `meta.next`) goes into query parameter `parameter`, until it is absent, null or empty */
  z.strictObject({ kind: z.literal('cursor'), next: z.string(), parameter: z.string() }),
  /** query parameter `parameter` counts from `first`, until a page has no rows, or fewer than `size` */
  z.strictObject({
    kind: z.literal('page'),
    parameter: z.string(),
    first: z.int(),
    size: z.optional(z.int()),
    sizeParameter: z.optional(z.string()),
  }),
  /** the `Link` header's `rel="next"`, or the answer's member `next` where it is given; same origin only */
  z.strictObject({ kind: z.literal('link'), next: z.optional(z.string()) }),
]);

/**
 * `url`, `query` and `headers` may name `{partition.<member>}`, `{interval.start}`, `{interval.end}`, `{cursor.from}`, `{cursor.to}`;
 * after a colon the format: `iso` (default), `date`, `unix`, `unixMs`. Values are encoded for their place.
 */
export const httpConfig = z.strictObject({
  kind: z.literal('httpApi'),
  url: z.string(),
  query: z.record(z.string(), z.string()),
  headers: z.record(z.string(), z.string()),
  auth: z.optional(httpAuth),
  /** path to the array of rows in the answer (`data.items`); empty: the answer is the array, or is the one row */
  rows: z.string(),
  paginate: z.optional(httpPaging),
  /** requests a second of the whole run, shared by partitions that run at once */
  rateLimit: z.optional(z.number()),
  timeoutSeconds: z.number(),
  /** partitions that are requested at once, 1 to 40 */
  concurrency: z.int(),
  /** tries of one request, before the task fails and its own Retry begins */
  attempts: z.int(),
});
export type HttpConfig = z.infer<typeof httpConfig>;

/** `table` with an optional schema, or a `query` (one SELECT). */
const databaseConfig = {
  /** name of a secret: {host, port, username, password, dbname, ssl?} */
  secret: z.string(),
  table: z.optional(z.string()),
  query: z.optional(z.string()),
  /** cut into `partitions` ranges of this key */
  partitionBy: z.optional(z.string()),
  partitions: z.int(),
};
export const mysqlConfig = z.strictObject({ kind: z.literal('mysql'), ...databaseConfig });
export const postgresConfig = z.strictObject({ kind: z.literal('postgres'), ...databaseConfig });
export type MysqlConfig = z.infer<typeof mysqlConfig>;
export type PostgresConfig = z.infer<typeof postgresConfig>;

export const dynamoDbConfig = z.strictObject({
  kind: z.literal('dynamoDb'),
  table: z.string(),
  /** segments of the parallel scan */
  segments: z.int(),
  consistentRead: z.boolean(),
});
export type DynamoDbConfig = z.infer<typeof dynamoDbConfig>;

/** A user's own extractor, which is part of its function's bundle. */
export const customConfig = z.strictObject({
  kind: z.literal('custom'),
  /** as the definition names it */
  file: z.string(),
  /** names of the secrets that it may read */
  secrets: z.array(z.string()),
  /** partitions that are read at once, 1 to 40 */
  concurrency: z.int(),
});
export type CustomConfig = z.infer<typeof customConfig>;

export const rowSourceConfig = z.discriminatedUnion('kind', [
  httpConfig,
  mysqlConfig,
  postgresConfig,
  dynamoDbConfig,
  customConfig,
]);
export type RowSourceConfig = z.infer<typeof rowSourceConfig>;

export const rowSource = z.strictObject({
  name: z.string(),
  columns: z.array(contractColumn),
  onDrift,
  onBadRow: badRowLimits,
  config: rowSourceConfig,
  /** longest text that a target can hold, in bytes of UTF-8; absent: no limit */
  mostTextBytes: z.optional(z.int()),
  /** the secret with the key by which personal data is hashed */
  piiSecret: z.optional(z.string()),
});
export type RowSource = z.infer<typeof rowSource>;

/** One unit of fan-out. `values` is what the kind needs: a city's members, a key range, a segment. */
export const rowPartition = z.strictObject({
  /** unique in its source, stable from run to run; part of S3 keys */
  id: z.string(),
  values: z.record(z.string(), z.union([scalar, z.null()])),
});
export type RowPartition = z.infer<typeof rowPartition>;

export const extractRowsInput = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('plan'),
    run,
    source: rowSource,
    cursor: z.optional(z.nullable(cursorBounds)),
    /** declared ones (cities); absent: the kind plans its own */
    partitions: z.optional(z.array(rowPartition)),
    /** bytes of the run's state that there are for what planned partitions stage; absent: they need none */
    stateBytes: z.optional(z.int()),
  }),
  z.strictObject({
    action: z.literal('extract'),
    run,
    source: rowSource,
    cursor: z.optional(z.nullable(cursorBounds)),
    partition: rowPartition,
    /** partitions of this source in this run: with one, the limits of `onBadRow` are judged at once, else by Check */
    partitions: z.int(),
    /** where the invocation before this one stopped, short of its time limit */
    checkpoint: z.nullable(z.unknown()),
  }),
]);
export type ExtractRowsInput = z.infer<typeof extractRowsInput>;

export const planRowsOutput = z.strictObject({
  partitions: z.array(rowPartition),
});
export type PlanRowsOutput = z.infer<typeof planRowsOutput>;

/** `checkpoint`, unless null: there is more, and the state machine calls again with it. Small (a page's cursor, a last key). */
export const extractRowsOutput = z.strictObject({ staged, checkpoint: z.nullable(z.unknown()) });
export type ExtractRowsOutput = z.infer<typeof extractRowsOutput>;
