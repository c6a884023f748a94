/** What Lambda hands over of a stream: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
import * as z from 'zod/mini';
import type { RecordPlace } from '../shared/stream/staged-line';

export interface StreamRecord extends RecordPlace {
  readonly data: Uint8Array;
}

interface KinesisRecord {
  /** `<shard>:<sequence>` */
  readonly eventID: string;
  readonly kinesis: {
    readonly sequenceNumber: string;
    /** base64 */
    readonly data: string;
    /** seconds since 1970 */
    readonly approximateArrivalTimestamp: number;
  };
}

/** By a rule of the pipeline's stack. */
const TICK = 'Scheduled Event';

/** Of a mapping with tumbling windows, `window` and `state` come along, and a last call, mostly without records. */
export const streamEvent = z.object({
  /** EventBridge: nothing has come, but somebody looks whether counts were left */
  'detail-type': z.optional(z.string()),
  time: z.optional(z.string()),
  /** `stepwell redrive --given-up`: records of a batch that was given up, beside what the mapping takes */
  isTakenAgain: z.optional(z.boolean()),
  Records: z.optional(z.array(z.custom<KinesisRecord>((one) => typeof one === 'object' && one !== null))),
  window: z.optional(z.object({ start: z.string(), end: z.string() })),
  state: z.optional(z.unknown()),
  shardId: z.optional(z.string()),
  isFinalInvokeForWindow: z.optional(z.boolean()),
  /** the same window goes on, with an empty state */
  isWindowTerminatedEarly: z.optional(z.boolean()),
});
export type StreamEvent = z.infer<typeof streamEvent>;

/** Milliseconds since 1970: when it was sent, where it is one by which somebody is to look for what was left. */
export const tickAt = (event: StreamEvent): number | undefined =>
  event['detail-type'] === TICK && event.time !== undefined ? Date.parse(event.time) : undefined;

export const recordsOf = ({ Records = [] }: StreamEvent): StreamRecord[] =>
  Records.map(({ eventID, kinesis }) => ({
    shard: eventID.slice(0, eventID.lastIndexOf(':')),
    sequence: kinesis.sequenceNumber,
    arrivedAt: Math.round(kinesis.approximateArrivalTimestamp * 1000),
    data: Buffer.from(kinesis.data, 'base64'),
  }));
