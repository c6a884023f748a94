import { TRIGGERS } from './signatures';
import type { After, Cron, Duration, S3Arrival } from './types';
import { checked } from './wrong-call';

/**
 * Starts a run for each object that arrives in the landing bucket under a key that matches one of the globs.
 *
 * @example trigger: s3Arrival('orders/*.csv', 'orders/*.ndjson.gz')
 */
export const s3Arrival = checked(
  TRIGGERS.s3Arrival,
  (...patterns: [string, ...string[]]): S3Arrival => ({ kind: 's3Arrival', patterns }),
);

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

export const seconds = checked(TRIGGERS.seconds, (n: number): Duration => ({ seconds: n }));
export const minutes = checked(TRIGGERS.minutes, (n: number): Duration => ({ seconds: n * 60 }));
export const hours = checked(TRIGGERS.hours, (n: number): Duration => ({ seconds: n * 3600 }));
