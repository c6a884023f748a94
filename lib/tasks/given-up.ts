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

/** Those that somebody is taking just now may come back into the queue. */
export const NOTES = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;

/** Of the queue's attributes. */
export const notesIn = (attributes: Partial<Record<(typeof NOTES)[number], string>> = {}): number =>
  NOTES.reduce((sum, name) => sum + Number(attributes[name] ?? 0), 0);

/** Why a rebuild does not begin: what is taken again afterwards is appended beside what it has brought. */
export function givenUpBeforeRebuild(pipeline: string, batches: number): string {
  const [who, its] = batches === 1 ? ['1 batch', 'its'] : [`${batches} batches`, 'their'];
  return (
    `The stream's function has given up ${who} of ${pipeline}: taken again after a rebuild, ${its} records would be in the tables twice. ` +
    `Take them first: npx stepwell redrive ${pipeline} --given-up. What the stream keeps no more the rebuild brings back; have those notes deleted: --drop-expired.`
  );
}
