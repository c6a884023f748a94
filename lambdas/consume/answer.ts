/** What Lambda is told of a batch: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html */
import { windowText } from '../shared/stream/count-part';
import type { Consumed } from './consume';
import type { StreamEvent, StreamRecord } from './event';

export interface Answer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
  readonly state?: unknown;
}

/** Writes what is counted of the shard's windows that begin before `end`. @throws what makes the call one that failed */
export type EndWindow = (shard: string, end: string) => Promise<void>;

/** A mapping with windows takes an answer without a state for a call that failed. Counts have no need of it: it is an empty one. */
export async function answerTo(
  { window, state = {}, shardId, isFinalInvokeForWindow, isWindowTerminatedEarly }: StreamEvent,
  records: readonly StreamRecord[],
  { failed }: Pick<Consumed, 'failed'>,
  endWindow: EndWindow,
): Promise<Answer> {
  const undone = new Set(failed.map(({ sequence }) => sequence));
  const first = records.find(({ sequence }) => undone.has(sequence));
  if (window === undefined) return { batchItemFailures: first ? [{ itemIdentifier: first.sequence }] : [] };
  // Nobody says which state goes with a batch that is done in part, so it comes again as a whole, with the state that it came with.
  if (first) return { batchItemFailures: [{ itemIdentifier: records[0]!.sequence }], state };
  const shard = shardId ?? records[0]!.shard;
  if (isFinalInvokeForWindow === true || isWindowTerminatedEarly === true)
    await endWindow(shard, windowText(Date.parse(window.end)));
  return { batchItemFailures: [], state: {} };
}
