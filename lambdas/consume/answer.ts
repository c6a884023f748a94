/** What Lambda is told of a batch: https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html */
import { windowText } from '../shared/stream/count-part';
import type { Consumed } from './consume';
import { type CountStore, countWindow } from './count-window';
import type { StreamEvent, StreamRecord } from './event';

export interface Answer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
  readonly state?: unknown;
}

/** A mapping with windows has the state besides, and takes an answer without one for a call that failed. */
export async function answerTo(
  { window, state = {}, shardId, isFinalInvokeForWindow, isWindowTerminatedEarly }: StreamEvent,
  records: readonly StreamRecord[],
  { failed, rows }: Pick<Consumed, 'failed' | 'rows'>,
  counts: CountStore,
): Promise<Answer> {
  const undone = new Set(failed.map(({ sequence }) => sequence));
  const first = records.find(({ sequence }) => undone.has(sequence));
  if (window === undefined) return { batchItemFailures: first ? [{ itemIdentifier: first.sequence }] : [] };
  // Nobody says which state goes with a batch that is done in part, so it comes again as a whole, with the state that it came with.
  if (first) return { batchItemFailures: [{ itemIdentifier: records[0]!.sequence }], state };
  const shard = shardId ?? records[0]!.shard;
  const isLast = isFinalInvokeForWindow === true || isWindowTerminatedEarly === true;
  const start = windowText(Date.parse(window.start));
  return { batchItemFailures: [], state: await countWindow({ shard, start, state, isLast, rows }, counts) };
}
