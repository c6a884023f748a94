import * as z from 'zod/mini';
import { dynamoSink, keyspacesSink, manifestRef, postgresSink, redshiftSink, run } from './common';
import { loaded } from './load';

/** A model that runs in Redshift, over the tables of other models. */
export const redshiftModel = z.strictObject({
  name: z.string(),
  /** SQL, in which every second piece is an edge of the run's data interval: `start` or `end` */
  sql: z.array(z.string()),
  /** what the SQL names, and the table in which its rows are; `columns`: those that it may name */
  inputs: z.array(
    z.strictObject({ name: z.string(), schema: z.string(), table: z.string(), columns: z.array(z.string()) }),
  ),
});
export type RedshiftModel = z.infer<typeof redshiftModel>;

/**
 * Moves staged rows, or the rows of a model that runs in Redshift, into the target and writes the load ledger, in one transaction. Redshift
 * completes `taskToken` later.
 */
export const publishInput = z.union([
  z.strictObject({ run, sink: redshiftSink, loaded, taskToken: z.string() }),
  z.strictObject({ run, sink: redshiftSink, model: redshiftModel, taskToken: z.string() }),
  z.strictObject({ run, sink: postgresSink, loaded }),
]);
export type PublishInput = z.infer<typeof publishInput>;

export const published = z.strictObject({
  sink: z.string(),
  /** rows of this load in the target, as the load ledger says */
  rows: z.int(),
  /** false when an earlier attempt or run had published this load already */
  changed: z.boolean(),
  /** nothing was written, and why: in the local cloud, where what the sink is in is not there */
  off: z.optional(z.string()),
});
export type Published = z.infer<typeof published>;

/** A key of a DynamoDB table, as JSON. */
const tableKey = z.record(z.string(), z.union([z.strictObject({ S: z.string() }), z.strictObject({ N: z.string() })]));

/** Where one invocation stopped, for the next one. */
const checkpoint = {
  /** key of the staged document that is being published: where it is another one by then, its publication begins anew */
  staged: z.string(),
  /** `items`: they are written; `sweep`: items that the load replaces are deleted */
  phase: z.enum(['items', 'sweep']),
  /** number of the next chunk, and of the next item in it */
  chunk: z.int(),
  item: z.int(),
  /** items written so far, without those that tell of a deletion */
  rows: z.int(),
};
/** `after`: the last key that the sweep has seen. */
export const dynamoCheckpoint = z.strictObject({ ...checkpoint, after: z.optional(tableKey) });
export type DynamoCheckpoint = z.infer<typeof dynamoCheckpoint>;

/** Writes the staged items into the table, as many as the time of an invocation allows. */
export const publishDynamoInput = z.strictObject({
  run,
  sink: dynamoSink,
  staged: manifestRef,
  checkpoint: z.nullable(dynamoCheckpoint),
});
export type PublishDynamoInput = z.infer<typeof publishDynamoInput>;

/** `published` once there is no checkpoint. */
export const publishDynamoOutput = z.strictObject({
  checkpoint: z.nullable(dynamoCheckpoint),
  published: z.nullable(published),
});
export type PublishDynamoOutput = z.infer<typeof publishDynamoOutput>;

/** `after`: the page of the table that the sweep has come to, as Cassandra names it. */
export const keyspacesCheckpoint = z.strictObject({ ...checkpoint, after: z.optional(z.string()) });
export type KeyspacesCheckpoint = z.infer<typeof keyspacesCheckpoint>;

/** Writes the staged rows into the table, as many as the time of an invocation allows. */
export const publishKeyspacesInput = z.strictObject({
  run,
  sink: keyspacesSink,
  staged: manifestRef,
  checkpoint: z.nullable(keyspacesCheckpoint),
});
export type PublishKeyspacesInput = z.infer<typeof publishKeyspacesInput>;

/** `published` once there is no checkpoint. */
export const publishKeyspacesOutput = z.strictObject({
  checkpoint: z.nullable(keyspacesCheckpoint),
  published: z.nullable(published),
});
export type PublishKeyspacesOutput = z.infer<typeof publishKeyspacesOutput>;
