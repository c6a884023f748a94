/** Tumbling windows: records of so many seconds, by when they arrived, and the state that a function hands on until their end. */
import type { StreamEvent } from './records';

export interface TumblingWindow {
  /** milliseconds since 1970 */
  readonly start: number;
  readonly end: number;
  readonly state: unknown;
}

/** `early`: it goes on with an empty state. */
export type WindowEnd = 'inTime' | 'early';

const MOST_STATE_BYTES = 1_048_576;

export const isTooLarge = ({ state }: TumblingWindow): boolean =>
  Buffer.byteLength(JSON.stringify(state)) > MOST_STATE_BYTES;

export function windowAt(arrivedAt: number, seconds: number): TumblingWindow {
  const length = seconds * 1000;
  const start = Math.floor(arrivedAt / length) * length;
  return { start, end: start + length, state: {} };
}

export const isIn = ({ start, end }: TumblingWindow, { arrivedAt }: StreamEvent): boolean =>
  start <= arrivedAt && arrivedAt < end;

/** Members of the event beside its records. */
export const windowMembers = (
  { start, end, state }: TumblingWindow,
  { shard, streamArn, end: how }: { readonly shard: string; readonly streamArn: string; readonly end?: WindowEnd },
) => ({
  window: { start: withoutMs(start), end: withoutMs(end) },
  state,
  shardId: shard,
  eventSourceARN: streamArn,
  isFinalInvokeForWindow: how !== undefined,
  isWindowTerminatedEarly: how === 'early',
});

const withoutMs = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
