/** A place in a shard, as a reader is given it: opaque, and good for five minutes. */
import { AwsError } from '../../service';
import type { StreamRecord } from './stream';

export interface Place {
  readonly stream: string;
  /** of the stream: one that was made anew has another */
  readonly createdAt: number;
  readonly shard: string;
  /** number of the next record to read */
  readonly next: number;
  /** milliseconds since 1970 */
  readonly issuedAt: number;
}

const LIVES_MS = 300_000;
const VERSION = 1;

export const iteratorAt = (stream: StreamRecord, shard: string, next: number, now: number): string =>
  Buffer.from(JSON.stringify([VERSION, stream.name, stream.createdAt, shard, next, now])).toString('base64');

/** @throws {AwsError} InvalidArgumentException, ExpiredIteratorException */
export function placeOf(iterator: string, now: number): Place {
  const place = decoded(iterator);
  if (place === undefined) throw new AwsError('InvalidArgumentException', 'Invalid ShardIterator.');
  if (now - place.issuedAt > LIVES_MS)
    throw new AwsError(
      'ExpiredIteratorException',
      `Iterator expired. The iterator was created at time ${new Date(place.issuedAt).toUTCString()} while right now it is ${new Date(now).toUTCString()} which is further in the future than the tolerated delay of ${LIVES_MS} milliseconds.`,
    );
  return place;
}

function decoded(iterator: string): Place | undefined {
  try {
    const [version, stream, createdAt, shard, next, issuedAt] = JSON.parse(
      Buffer.from(iterator, 'base64').toString('utf8'),
    ) as [number, string, number, string, number, number];
    const isWhole =
      version === VERSION &&
      [stream, shard].every((text) => typeof text === 'string') &&
      [createdAt, next, issuedAt].every((number) => Number.isSafeInteger(number));
    return isWhole ? { stream, createdAt, shard, next, issuedAt } : undefined;
  } catch {
    return undefined;
  }
}
