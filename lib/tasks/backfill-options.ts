/** What a person may ask of a backfill. Apart from its schemas, so that `--help` need not load them. */

export const REPROCESS = ['none', 'failed', 'all'] as const;
export type Reprocess = (typeof REPROCESS)[number];
export const ORDERS = ['oldest', 'newest'] as const;
export type Order = (typeof ORDERS)[number];

/** Each run that is held by a pause leaves its task token in the backfill's item, which may have 400 KB. */
export const MOST_ACTIVE = 100;

/** A run keeps what it reads in its state, which may have 256 KiB. */
export const MOST_FILES = 100;
