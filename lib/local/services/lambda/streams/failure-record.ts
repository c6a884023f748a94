/** What a destination is told of a batch that was given up. */
import type { FunctionSpec } from '../../../lambda';
import type { GivenUp, Tries } from './lane';
import type { StreamEvent } from './records';

interface Given {
  readonly spec: FunctionSpec;
  readonly streamArn: string;
  readonly shard: string;
  readonly records: readonly StreamEvent[];
  readonly why: GivenUp;
  readonly tries: Tries;
  readonly now: number;
}

/** A queue and a topic get where the records are, not the records: they may be read from the stream for as long as it keeps them. */
export function failureRecord({ spec, streamArn, shard, records, why, tries, now }: Given): string {
  const first = records[0]!;
  const last = records.at(-1)!;
  return JSON.stringify({
    requestContext: {
      requestId: tries.requestId ?? '',
      functionArn: spec.arn,
      condition: why,
      approximateInvokeCount: tries.count,
    },
    responseContext: {
      statusCode: 200,
      executedVersion: spec.version,
      ...(tries.failure === undefined ? {} : { functionError: tries.failure }),
    },
    version: '1.0',
    timestamp: new Date(now).toISOString(),
    KinesisBatchInfo: {
      shardId: shard,
      startSequenceNumber: first.sequence,
      endSequenceNumber: last.sequence,
      approximateArrivalOfFirstRecord: new Date(first.arrivedAt).toISOString(),
      approximateArrivalOfLastRecord: new Date(last.arrivedAt).toISOString(),
      batchSize: records.length,
      streamArn,
    },
  });
}
