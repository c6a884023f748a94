/** What Load leaves for the publication into a DynamoDB table: items in chunks, each a gzipped object with one item in JSON a line. */
import * as z from 'zod/mini';
import { dynamoSink, run } from '../../lib/tasks/common';

export const stagedItems = z.strictObject({
  sink: dynamoSink,
  /** the load whose items they are: another run of the same load may have to finish what this one began */
  run,
  items: z.int(),
  chunks: z.array(z.strictObject({ key: z.string(), etag: z.string(), length: z.int(), items: z.int() })),
});
export type StagedItems = z.infer<typeof stagedItems>;

/** True in an item that only remembers that its key was deleted. */
export const DELETED = '_deleted';
export const GENERATION = '_generation';
