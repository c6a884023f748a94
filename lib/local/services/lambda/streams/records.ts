/** Records of a stream as a function gets them: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
import { createHash } from 'node:crypto';
import type { _Record } from '@aws-sdk/client-kinesis';

export interface StreamEvent {
  readonly sequence: string;
  readonly partitionKey: string;
  /** milliseconds since 1970 */
  readonly arrivedAt: number;
  /** as the function gets it: made once, whatever becomes of its batch */
  readonly json: string;
  /** of its JSON */
  readonly bytes: number;
}

export interface Origin {
  readonly streamArn: string;
  readonly shard: string;
  readonly region: string;
  readonly roleArn: string;
}

export function streamEvent(record: _Record, { streamArn, shard, region, roleArn }: Origin): StreamEvent {
  const sequence = record.SequenceNumber!;
  const arrivedAt = record.ApproximateArrivalTimestamp!.getTime();
  const json = JSON.stringify({
    kinesis: {
      kinesisSchemaVersion: '1.0',
      partitionKey: record.PartitionKey,
      sequenceNumber: sequence,
      data: Buffer.from(record.Data!).toString('base64'),
      approximateArrivalTimestamp: arrivedAt / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shard}:${sequence}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: roleArn,
    awsRegion: region,
    eventSourceARN: streamArn,
  });
  return {
    sequence,
    partitionKey: record.PartitionKey!,
    arrivedAt,
    json,
    bytes: Buffer.byteLength(json) + 1,
  };
}

/** As filters see it: `data` read as JSON where it is. */
export function filtered({ json }: StreamEvent): Readonly<Record<string, unknown>> {
  const { kinesis } = JSON.parse(json) as { kinesis: Readonly<Record<string, unknown>> };
  const text = Buffer.from(String(kinesis.data), 'base64').toString('utf8');
  try {
    return { ...kinesis, data: JSON.parse(text) };
  } catch {
    return { ...kinesis, data: text };
  }
}

/** Records of a key are always in the same lane, so that they keep their order. */
export const laneOf = (partitionKey: string, lanes: number): number =>
  lanes === 1 ? 0 : createHash('md5').update(partitionKey).digest().readUInt32BE(0) % lanes;

const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;
const ENVELOPE_BYTES = 1024;

/** Of at most so many records, none larger than an event may be. */
export function batchesOf(records: readonly StreamEvent[], size: number): StreamEvent[][] {
  const batches: StreamEvent[][] = [];
  let bytes = 0;
  for (const record of records) {
    const last = batches.at(-1);
    if (last === undefined || last.length >= size || bytes + record.bytes > MAX_PAYLOAD_BYTES - ENVELOPE_BYTES) {
      batches.push([record]);
      bytes = record.bytes;
    } else {
      last.push(record);
      bytes += record.bytes;
    }
  }
  return batches;
}
