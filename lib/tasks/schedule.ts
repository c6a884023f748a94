/** A schedule, and the data interval that a run of it covers. When it fires: `fires.ts`. */
import * as z from 'zod/mini';

/** `cron`: the five fields of crontab(5). `timezone`: an IANA name. */
export const schedule = z.strictObject({ cron: z.string(), timezone: z.string() });
export type Schedule = z.infer<typeof schedule>;

/** ISO 8601, UTC; half-open. */
export const interval = z.strictObject({ start: z.string(), end: z.string() });
export type Interval = z.infer<typeof interval>;
