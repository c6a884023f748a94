import { TRIGGERS } from './signatures';
import type {
  After,
  ArrivalOptions,
  Cron,
  Duration,
  FileCount,
  Marker,
  Quiet,
  S3Arrival,
  StreamOf,
  StreamOptions,
} from './types';
import { checked } from './wrong-call';

/**
 * Starts a run for each object that arrives in the landing bucket under a key that matches one of the globs. With `batch` a run loads
 * many of them; with `whole` it starts when all of them are there.
 *
 * @example trigger: s3Arrival('orders/*.csv', 'orders/*.ndjson.gz')
 * @example trigger: s3Arrival('clicks/*.gz', { batch: { maxFiles: 500, window: minutes(5) } })
 * @example trigger: s3Arrival('sales/{yyyy}/{MM}/{dd}/*.csv', { whole: marker('_SUCCESS'), deadline: { by: '06:00' } })
 */
export const s3Arrival = checked(
  TRIGGERS.s3Arrival,
  (...given: [string, ...string[]] | [string, ...string[], ArrivalOptions]): S3Arrival => {
    const last = given.at(-1);
    const options = typeof last === 'object' ? last : {};
    return { kind: 's3Arrival', patterns: given.slice(0, last === options ? -1 : undefined) as string[], ...options };
  },
);

/**
 * The files are whole when another file lies beside them: one of this name in their folder, or one that matches this glob.
 *
 * @example whole: marker('_SUCCESS')
 * @example whole: marker('sales/{yyyy}-{MM}-{dd}.done')
 */
export const marker = checked(TRIGGERS.marker, (file: string): Marker => ({ kind: 'marker', file }));

/**
 * The files are whole when there are so many.
 *
 * @example whole: fileCount(24)
 */
export const fileCount = checked(TRIGGERS.fileCount, (count: number): FileCount => ({ kind: 'files', count }));

/**
 * The files are whole when no other has come for so long.
 *
 * @example whole: quiet(minutes(10))
 */
export const quiet = checked(TRIGGERS.quiet, (after: Duration): Quiet => ({ kind: 'quiet', after }));

/**
 * Starts a run at the times of a crontab (five fields), by the wall clock of `timezone`. Each run covers the data interval between the
 * time before and its own.
 *
 * @example trigger: cron('0 1 * * *', { timezone: 'Europe/Berlin' })
 * @example trigger: cron('0 * * * *', { catchUp: 'all' })
 */
export const cron = checked(
  TRIGGERS.cron,
  (expression: string, options: { timezone?: string; catchUp?: 'all' | 'last' | 'none' } = {}): Cron => ({
    kind: 'cron',
    cron: expression,
    timezone: 'UTC',
    ...options,
  }),
);

/**
 * Starts a run whenever another pipeline of this project has published: one for each of its loads, and again, in place of what that
 * has loaded, when that load is reprocessed. Runs have that pipeline's data interval, where it has one.
 *
 * @example
 * trigger: after('orders'),
 * sources: { lines: published('orders', 'order_lines') },
 */
export const after = checked(TRIGGERS.after, (pipeline: string): After => ({ kind: 'after', pipeline }));

/**
 * Takes the records of a Kinesis stream as they come, and starts a run every few minutes that publishes them. One pipeline reads a
 * stream, and its stack makes it: on demand, encrypted.
 *
 * @example
 * trigger: streamOf('users', { batch: 500, window: seconds(5), parallel: 2, publishEvery: minutes(5) }),
 * sources: { records: streamRecords({ columns: { user_id: key.text(36) } }) },
 */
export const streamOf = checked(
  TRIGGERS.streamOf,
  (stream: string, options: StreamOptions = {}): StreamOf => ({ kind: 'streamOf', stream, ...options }),
);

export const seconds = checked(TRIGGERS.seconds, (n: number): Duration => ({ seconds: n }));
export const minutes = checked(TRIGGERS.minutes, (n: number): Duration => ({ seconds: n * 60 }));
export const hours = checked(TRIGGERS.hours, (n: number): Duration => ({ seconds: n * 3600 }));
