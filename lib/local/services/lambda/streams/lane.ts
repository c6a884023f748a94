/**
 * Batches of a shard, one after the other: each until it is done or given up. What a batch is given up for is told to the mapping's
 * destination; https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
import type { StreamEvent } from './records';
import type { StreamSettings } from './settings';

export interface Invocation {
  /** absent: it succeeded */
  readonly failure?: string;
  readonly requestId: string;
  /** the first record that is not done, where the function says so */
  readonly failedFrom?: string;
}

export type GivenUp = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface Lane {
  readonly settings: StreamSettings;
  readonly now: () => number;
  /** rejects where the lane is to stop */
  readonly sleep: (ms: number) => Promise<void>;
  readonly invoke: (records: readonly StreamEvent[]) => Promise<Invocation>;
  /** Done, or given up: never to be read again. Resolves when that is on disk. */
  readonly passed: (last: StreamEvent) => Promise<void>;
  readonly giveUp: (records: readonly StreamEvent[], why: GivenUp, last: Tries) => Promise<void>;
}

export interface Tries {
  readonly count: number;
  readonly requestId?: string;
  readonly failure?: string;
}

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 60_000;

/** @throws what `sleep` throws, where the lane is to stop */
export async function runBatch(lane: Lane, batch: readonly StreamEvent[]): Promise<void> {
  const { settings } = lane;
  const waiting: (readonly StreamEvent[])[] = [batch];
  for (let current = waiting.shift(); current !== undefined; current = waiting.shift()) {
    let records = current;
    let tries: Tries = { count: 0 };
    while (records.length > 0) {
      const old = await passOld(lane, records, tries);
      records = records.slice(old);
      if (records.length === 0) break;
      const { failure, failedFrom, requestId } = await lane.invoke(records);
      const done = doneOf(records, failure, failedFrom);
      if (done > 0) await lane.passed(records[done - 1]!);
      if (done === records.length) break;
      tries = { count: done > 0 ? 1 : tries.count + 1, requestId, ...(failure === undefined ? {} : { failure }) };
      records = records.slice(done);
      if (settings.bisects && records.length > 1) {
        const middle = Math.ceil(records.length / 2);
        waiting.unshift(records.slice(0, middle), records.slice(middle));
        break;
      }
      if (settings.maxRetries >= 0 && tries.count > settings.maxRetries) {
        await lane.giveUp(records, 'RetryAttemptsExhausted', tries);
        await lane.passed(records.at(-1)!);
        break;
      }
      await lane.sleep(Math.min(FIRST_RETRY_MS * 2 ** (tries.count - 1), LAST_RETRY_MS));
    }
  }
}

/** How many at the head of the batch are done. */
function doneOf(records: readonly StreamEvent[], failure: string | undefined, failedFrom: string | undefined): number {
  if (failure !== undefined) return 0;
  if (failedFrom === undefined) return records.length;
  const index = records.findIndex(({ sequence }) => sequence === failedFrom);
  return Math.max(0, index);
}

/** Gives up those at the head that are older than the mapping wants them; how many. */
async function passOld(lane: Lane, records: readonly StreamEvent[], tries: Tries): Promise<number> {
  const { maxAgeSeconds } = lane.settings;
  if (maxAgeSeconds < 0) return 0;
  const oldest = lane.now() - maxAgeSeconds * 1000;
  const young = records.findIndex(({ arrivedAt }) => arrivedAt >= oldest);
  const count = young === -1 ? records.length : young;
  if (count === 0) return 0;
  const old = records.slice(0, count);
  await lane.giveUp(old, 'RecordAgeExceeded', tries);
  await lane.passed(old.at(-1)!);
  return count;
}
