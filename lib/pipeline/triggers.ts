import type { Duration, S3Arrival } from './types';

/**
 * Starts a run for each object that arrives in the landing bucket under a key that matches one of the globs.
 *
 * @example trigger: s3Arrival('orders/*.csv', 'orders/*.ndjson.gz')
 */
export const s3Arrival = (...patterns: [string, ...string[]]): S3Arrival => ({ kind: 's3Arrival', patterns });

export const seconds = (n: number): Duration => ({ seconds: n });
export const minutes = (n: number): Duration => ({ seconds: n * 60 });
export const hours = (n: number): Duration => ({ seconds: n * 3600 });
