import * as z from 'zod/mini';
import { dynamoSink, keyspacesSink, lakeSink, manifestRef, postgresSink, redshiftSink, run } from './common';

const common = { run, manifests: z.array(manifestRef) };

/** Submits COPY into the staging table and returns; the statement's completion event completes `taskToken`. */
export const loadRedshiftInput = z.strictObject({ ...common, sink: redshiftSink, taskToken: z.string() });
export type LoadRedshiftInput = z.infer<typeof loadRedshiftInput>;

/** Imports CSV parts into the staging table. Throws `StillRunning` while the database is at it. */
export const loadPostgresInput = z.strictObject({ ...common, sink: postgresSink });
export type LoadPostgresInput = z.infer<typeof loadPostgresInput>;

/** Makes items of the rows, in the work bucket; whatever DynamoDB would refuse is an error here, before anything is written. */
export const loadDynamoInput = z.strictObject({ ...common, sink: dynamoSink });
export type LoadDynamoInput = z.infer<typeof loadDynamoInput>;

/** Makes rows in the work bucket as `publish-keyspaces` writes them; whatever Keyspaces would refuse is an error here. */
export const loadKeyspacesInput = z.strictObject({ ...common, sink: keyspacesSink });
export type LoadKeyspacesInput = z.infer<typeof loadKeyspacesInput>;

/** `stage`: writes the load's partitions under a prefix of their own. `publish`: swaps the Glue partitions' locations. */
export const publishLakeInput = z.discriminatedUnion('action', [
  z.strictObject({ ...common, action: z.literal('stage'), sink: lakeSink }),
  z.strictObject({ run, action: z.literal('publish'), sink: lakeSink, staged: manifestRef }),
]);
export type PublishLakeInput = z.infer<typeof publishLakeInput>;

/**
 * What a load step leaves behind. `staging` is the staging table (schema.table); `manifest` lists the lake's staged partitions, or the
 * staged rows of a table of DynamoDB or Keyspaces.
 */
export const loaded = z.strictObject({
  sink: z.string(),
  rows: z.int(),
  staging: z.optional(z.string()),
  manifest: z.optional(manifestRef),
});
export type Loaded = z.infer<typeof loaded>;
