/** What Lambda tells of a batch of a stream that it gives up: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
import * as z from 'zod/mini';

const failureRecord = z.object({
  requestContext: z.object({ condition: z.string() }),
  KinesisBatchInfo: z.object({
    shardId: z.string(),
    startSequenceNumber: z.string(),
    endSequenceNumber: z.string(),
    approximateArrivalOfFirstRecord: z.string(),
    batchSize: z.number(),
    streamArn: z.string(),
  }),
});
export type FailureRecord = z.infer<typeof failureRecord>;

/** Undefined: `body` tells of something else. */
export function failureRecordIn(body: string): FailureRecord | undefined {
  try {
    return z.parse(failureRecord, JSON.parse(body));
  } catch {
    return undefined;
  }
}
