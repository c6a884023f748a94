import * as z from 'zod/mini';
import { badRowLimits, manifestRef, outputColumn, run } from './common';

const severity = z.enum(['error', 'warn']);
const on = { model: z.string(), severity };

/** What a number must be: within bounds, or near the median of the last runs (`within`: a share of it). */
export const expectation = z.strictObject({
  min: z.optional(z.number()),
  max: z.optional(z.number()),
  last: z.optional(z.int()),
  within: z.optional(z.number()),
});
export type Expectation = z.infer<typeof expectation>;

export const check = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('notNull'), ...on, column: z.string() }),
  z.strictObject({ kind: z.literal('unique'), ...on, columns: z.array(z.string()) }),
  z.strictObject({ kind: z.literal('rowCount'), ...on, min: z.optional(z.int()), max: z.optional(z.int()) }),
  z.strictObject({
    kind: z.literal('accepted'),
    ...on,
    column: z.string(),
    values: z.array(z.union([z.string(), z.number(), z.boolean()])),
  }),
  z.strictObject({
    kind: z.literal('between'),
    ...on,
    column: z.string(),
    /** numbers, or dates and timestamps as ISO text */
    min: z.optional(z.union([z.number(), z.string()])),
    max: z.optional(z.union([z.number(), z.string()])),
  }),
  /** The newest value is at most so old at the end of the run's data interval, or, without one, when the run started. */
  z.strictObject({
    kind: z.literal('freshness'),
    ...on,
    column: z.string(),
    maxAge: z.strictObject({ seconds: z.number() }),
  }),
  /** Each combination of values is in the other model of the run; one with a NULL in it need not be. */
  z.strictObject({
    kind: z.literal('foreignKey'),
    ...on,
    columns: z.array(z.string()),
    references: z.strictObject({ model: z.string(), columns: z.array(z.string()) }),
  }),
  /** The value, or NULL, has a match of the regular expression. `flags`: of i, m, s */
  z.strictObject({ kind: z.literal('matches'), ...on, column: z.string(), pattern: z.string(), flags: z.string() }),
  z.strictObject({
    kind: z.literal('distribution'),
    ...on,
    column: z.string(),
    mean: z.optional(expectation),
    stddev: z.optional(expectation),
    /** share of the rows that have NULL */
    nulls: z.optional(expectation),
    /** how many different values */
    distinct: z.optional(expectation),
    /** by value: its share of the rows that have one */
    shares: z.optional(z.record(z.string(), expectation)),
  }),
  /** The rows are about as many as in the last runs. */
  z.strictObject({ kind: z.literal('volume'), ...on, last: z.int(), within: z.number() }),
  /** Of a sink that replaces the rows of the run's data interval: a row outside would be there twice. Not for users. */
  z.strictObject({ kind: z.literal('inInterval'), ...on, column: z.string() }),
  /** A condition that must hold for every row (NULL counts as holding, as in SQL's CHECK). */
  z.strictObject({ kind: z.literal('sqlCheck'), ...on, condition: z.string() }),
]);
export type Check = z.infer<typeof check>;

/** The check needs to know how earlier runs were. */
export function comparesWithRuns(check: Check): boolean {
  if (check.kind === 'volume') return true;
  if (check.kind !== 'distribution') return false;
  const { mean, stddev, nulls, distinct, shares = {} } = check;
  return [mean, stddev, nulls, distinct, ...Object.values(shares)].some((one) => one?.last !== undefined);
}

/** Asserts on the staged rows of each model, and on each source's share of bad rows. */
export const checkInput = z.strictObject({
  run,
  checks: z.array(check),
  /** models whose rows replace a time span in a run that rebuilds one: none may lie outside */
  rebuilt: z.optional(z.array(z.string())),
  models: z.array(z.strictObject({ name: z.string(), columns: z.array(outputColumn) })),
  sources: z.array(z.strictObject({ name: z.string(), onBadRow: badRowLimits })),
  manifests: z.array(manifestRef),
});
export type CheckInput = z.infer<typeof checkInput>;

/** One assertion of one check: a distribution has one for each of its numbers. */
export const checkResult = z.strictObject({
  /** e.g. `freshness(orders.updated_at)` */
  check: z.string(),
  severity,
  outcome: z.enum(['passed', 'failed']),
  /** what must hold, in words, with its bounds */
  rule: z.string(),
  /** what was found: a count, the newest time, a mean */
  value: z.optional(z.string()),
  /** rows that violate it */
  bad: z.optional(z.int()),
  /** why it says less than it could */
  note: z.optional(z.string()),
});
export type CheckResult = z.infer<typeof checkResult>;

/** What Check leaves in the work bucket whether it fails or not: `runs/<pipeline>/<runId>/checks-<attempt>.json`. */
export const checkReport = z.strictObject({ results: z.array(checkResult) });

/** Results that travel through the state and the ledger, at most; those that failed come first where there are more. */
export const MOST_RESULTS = 200;

export const checkOutput = z.strictObject({
  passed: z.int(),
  results: z.optional(z.array(checkResult)),
  /** what later runs compare theirs with */
  measures: z.optional(z.record(z.string(), z.number())),
  /** one sentence each, of what a person may want to know of a check that passed */
  notes: z.optional(z.array(z.string())),
  /** one sentence for each check of severity `warn` that failed; at most 50 */
  warnings: z.array(z.string()),
  rows: z.int(),
  rejected: z.int(),
});
export type CheckOutput = z.infer<typeof checkOutput>;
