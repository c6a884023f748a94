/** How runs of one pipeline may overlap, and which missed intervals of a schedule are caught up. */
import * as z from 'zod';
import { say } from './common';

/** It becomes one item of the ledger, and a database has so many connections. */
const MOST_ACTIVE = 100;

const policy = z.enum(
  ['queue', 'skip', 'allow'],
  say(
    "overlap is 'queue', 'skip' or 'allow'",
    "Use e.g. overlap: 'queue', or overlap: { policy: 'queue', maxActive: 2 }.",
  ),
);
const countRule = `runs at once are counted in whole numbers from 1 to ${MOST_ACTIVE}`;
const count = z
  .int(say(countRule, 'Use e.g. maxActive: 2.'))
  .min(1, say(countRule, 'Use e.g. maxActive: 1.'))
  .max(MOST_ACTIVE, say(countRule, "Lower it, or use overlap: 'allow'."));
const withCount = z.strictObject({ policy, maxActive: count.optional() });

/** Not a union, which would not say what is wrong with the one that is meant. */
export const overlap = z.unknown().superRefine((value, context) => {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const { error } = (isObject ? withCount : policy).safeParse(value);
  for (const issue of error?.issues ?? []) context.issues.push({ ...issue, input: value } as never);
});

export const catchUp = z.enum(
  ['all', 'last', 'none'],
  say("catchUp is 'all', 'last' or 'none'", "Use e.g. cron('0 1 * * *', { catchUp: 'all' })."),
);
