/**
 * When the newest file of a source arrived, with few requests however many files there are. S3 lists by key, never by time: a prefix that a
 * few pages hold is looked through; of dated globs the newest dates are looked at first; of anything larger the ledger tells, in which Admit
 * notes each file that it starts a run for.
 */
import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { dateTokensOf, fillDates } from '../../lib/tasks/dated-globs';
import type { InputItem, WatchedInput } from '../../lib/tasks/watch';
import { matcher } from '../shared/files/matches';
import type { NewestInput } from './judge';

/** Of 1,000 keys each. */
const MOST_PAGES = 5;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** By the smallest of its tokens: how long a date lasts, and how many are looked at, one after the other. */
const DATES: Readonly<Record<string, { readonly lengthMs: number; readonly most: number }>> = {
  '{HH}': { lengthMs: HOUR_MS, most: 48 },
  '{dd}': { lengthMs: DAY_MS, most: 48 },
  '{MM}': { lengthMs: 31 * DAY_MS, most: 12 },
  '{yyyy}': { lengthMs: 366 * DAY_MS, most: 3 },
};

interface Services {
  readonly s3: S3Client;
  readonly landingBucket: string;
  /** ISO 8601 */
  readonly now: string;
}

export async function newestInput(
  { globs, timezone }: WatchedInput,
  noted: InputItem | undefined,
  services: Services,
): Promise<NewestInput> {
  const found = await Promise.all(globs.map((glob) => newestOf(glob, timezone, services)));
  const all: readonly NewestInput[] = [...found, { arrivedAt: noted?.arrivedAt, key: noted?.key, isSure: true }];
  const newest = all.reduce((best, one) => (isNewer(one, best) ? one : best));
  return {
    arrivedAt: newest.arrivedAt,
    key: newest.key,
    isSure: noted !== undefined || found.every(({ isSure }) => isSure),
  };
}

const isNewer = (one: NewestInput, other: NewestInput): boolean =>
  one.arrivedAt !== undefined &&
  (other.arrivedAt === undefined || Date.parse(one.arrivedAt) > Date.parse(other.arrivedAt));

async function newestOf(glob: string, timezone: string, services: Services): Promise<NewestInput> {
  if (dateTokensOf(glob).length === 0) return newestUnder(glob, services);
  for (const dated of latestDates(glob, timezone, services.now)) {
    const found = await newestUnder(dated, services);
    // What lies under a later date came later, but for files that were sent again.
    if (found.arrivedAt !== undefined) return { ...found, isSure: true };
  }
  // Further back than that: it is old by any goal.
  return { isSure: true };
}

/** The globs of the latest dates, the newest first. The date that has just begun counts. */
export function latestDates(glob: string, timezone: string, now: string): string[] {
  const { lengthMs, most } = DATES[dateTokensOf(glob).at(-1)!]!;
  const at = Date.parse(now);
  // Those that are over at the end of a span which holds the end of this one, and the hours that a clock may show twice.
  const end = at + lengthMs + 3 * HOUR_MS;
  const span = { start: new Date(at - (most - 1) * lengthMs).toISOString(), end: new Date(end).toISOString() };
  return fillDates(glob, span, timezone).reverse().slice(0, most);
}

async function newestUnder(glob: string, { s3, landingBucket }: Services): Promise<NewestInput> {
  const isWanted = matcher(glob);
  const Prefix = glob.replace(/[*?[\]{}()!+@\\|"].*$/s, '');
  let newest: { readonly arrivedAt: string; readonly key: string } | undefined;
  let ContinuationToken: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { Contents = [], NextContinuationToken } = await s3.send(
      new ListObjectsV2Command({ Bucket: landingBucket, Prefix, ContinuationToken }),
    );
    for (const { Key = '', LastModified } of Contents) {
      const arrivedAt = LastModified!.toISOString();
      if (isWanted(Key) && (newest === undefined || arrivedAt > newest.arrivedAt)) newest = { arrivedAt, key: Key };
    }
    if (NextContinuationToken === undefined) return { ...newest, isSure: true };
    ContinuationToken = NextContinuationToken;
  }
  return { ...newest, isSure: false };
}
