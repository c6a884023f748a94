/** What the lineage function knows of its pipeline: compiled, and deployed beside its code as `lineage.json`. */
import * as z from 'zod/mini';

/** As a schema facet has it: types as SQL writes them. */
export const lineageColumn = z.strictObject({ name: z.string(), type: z.string() });
export type LineageColumn = z.infer<typeof lineageColumn>;

/** A table that a pipeline publishes into. */
export const lineageTarget = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('redshift'), schema: z.string(), table: z.string() }),
  z.strictObject({ kind: z.literal('postgres'), schema: z.string(), table: z.string() }),
  z.strictObject({ kind: z.literal('lake'), database: z.string(), table: z.string() }),
  z.strictObject({ kind: z.literal('dynamoTable'), table: z.string() }),
  z.strictObject({ kind: z.literal('keyspaces'), keyspace: z.string(), table: z.string() }),
]);
export type LineageTarget = z.infer<typeof lineageTarget>;

/** Where a source reads. */
export const lineagePlace = z.discriminatedUnion('kind', [
  /** objects of the landing bucket whose keys begin so; without a slash at the end */
  z.strictObject({ kind: z.literal('landing'), prefix: z.string() }),
  z.strictObject({ kind: z.literal('http'), url: z.string() }),
  /** which server and which database only the source's secret says: the run's manifests tell */
  z.strictObject({
    kind: z.literal('database'),
    engine: z.enum(['mysql', 'postgres']),
    secret: z.string(),
    table: z.optional(z.string()),
  }),
  z.strictObject({ kind: z.literal('dynamoDb'), table: z.string() }),
  z.strictObject({ kind: z.literal('custom') }),
  /** tables of the pipeline before this one, which all hold the rows that are read: the first, and by what other names they are known */
  z.strictObject({ kind: z.literal('published'), targets: z.array(lineageTarget) }),
]);
export type LineagePlace = z.infer<typeof lineagePlace>;

export const lineageSource = z.strictObject({
  name: z.string(),
  columns: z.array(lineageColumn),
  /** files may lie under several prefixes */
  places: z.array(lineagePlace),
});
export type LineageSource = z.infer<typeof lineageSource>;

/** One column that another is made of; `of` is a source, or a model whose table is read in Redshift. */
export const lineageOrigin = z.strictObject({
  of: z.string(),
  column: z.string(),
  /** as it stands, calculated, over many rows; or it only decides what the value is, as in CASE */
  how: z.enum(['IDENTITY', 'TRANSFORMATION', 'AGGREGATION', 'CONDITION']),
  /** personal data that is masked or hashed where it is read */
  masked: z.optional(z.literal(true)),
});
export type LineageOrigin = z.infer<typeof lineageOrigin>;

export const lineageTable = z.strictObject({
  /** e.g. `redshift:shop.orders` */
  sink: z.string(),
  model: z.string(),
  target: lineageTarget,
  /** bookkeeping columns included */
  columns: z.array(lineageColumn),
  /** a load takes the place of the whole table */
  overwrites: z.boolean(),
  /** that make its rows, in the order of their work: its own is the last */
  models: z.array(z.string()),
  /** sources that its rows are made of */
  sources: z.array(z.string()),
  /** sinks whose tables its rows are made of: of a model that runs in Redshift */
  tables: z.array(z.string()),
  /** of its model and of those before it, in the order of their work */
  sql: z.optional(z.string()),
  dialect: z.optional(z.string()),
  /** of each column; absent where the SQL does not tell it of all */
  origins: z.optional(z.record(z.string(), z.array(lineageOrigin))),
});
export type LineageTable = z.infer<typeof lineageTable>;

export const lineagePlan = z.strictObject({
  pipeline: z.string(),
  description: z.string(),
  sources: z.array(lineageSource),
  tables: z.array(lineageTable),
});
export type LineagePlan = z.infer<typeof lineagePlan>;

/** Where events go, beside the work bucket. */
export const lineageOptions = z.strictObject({
  /** of the jobs */
  namespace: z.string(),
  /** of a server that takes OpenLineage events: they are posted to `<url>/api/v1/lineage` */
  url: z.optional(z.string()),
  /** name of the secret whose `apiKey` is sent as a bearer token */
  secret: z.optional(z.string()),
});
export type LineageOptions = z.infer<typeof lineageOptions>;

export const lineageDocument = z.strictObject({ version: z.string(), plan: lineagePlan, options: lineageOptions });
export type LineageDocument = z.infer<typeof lineageDocument>;

/** Asks the function to send what it could not deliver. */
export const sendUndelivered = z.strictObject({ send: z.literal('undelivered') });
export const sentOutput = z.strictObject({
  /** objects whose events were taken */
  sent: z.int(),
  /** that are left */
  left: z.int(),
  /** why */
  problem: z.optional(z.string()),
});
export type SentOutput = z.infer<typeof sentOutput>;
