/** Checks. */
import * as z from 'zod';
import { distinct, say } from './common';

const on = {
  model: z.string(),
  severity: z.enum(['error', 'warn'], say("severity is 'error' or 'warn'", 'Use one of them.')),
};
const bound = z.union([z.number(), z.string()]);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const needsBound = (check: { min?: unknown; max?: unknown }) => check.min !== undefined || check.max !== undefined;
const inOrder = ({ min, max }: { min?: number | string | undefined; max?: number | string | undefined }) =>
  min === undefined || max === undefined || typeof min !== typeof max || min <= max;
const rows = z
  .int(say('rows are counted in whole numbers', 'Round it.'))
  .min(0, say('a count is 0 or more', 'Raise it.'));
export const check = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('notNull'), ...on, column: z.string() }),
    z.strictObject({
      kind: z.literal('unique'),
      ...on,
      columns: distinct.min(1, say('unique needs a column', "Name it, e.g. unique('orders', 'id').")),
    }),
    z
      .strictObject({
        kind: z.literal('rowCount'),
        ...on,
        min: rows.optional(),
        max: rows.optional(),
      })
      .refine(needsBound, say('rowCount needs min or max', 'Give one, e.g. { min: 1 }.'))
      .refine(inOrder, say('min is above max', 'Swap them.')),
    z.strictObject({
      kind: z.literal('accepted'),
      ...on,
      column: z.string(),
      values: z.array(scalar).min(1, say('accepted needs a value', 'Name those that are right.')),
    }),
    z
      .strictObject({
        kind: z.literal('between'),
        ...on,
        column: z.string(),
        min: bound.optional(),
        max: bound.optional(),
      })
      .refine(needsBound, say('between needs min or max', 'Give one, e.g. { min: 0 }.'))
      .refine(inOrder, say('min is above max', 'Swap them.')),
    z.strictObject({
      kind: z.literal('sqlCheck'),
      ...on,
      condition: z.string().regex(/\S/, say('a condition is SQL', "Write e.g. 'amount >= 0'.")),
    }),
  ],
  say('a check is made by notNull(), unique(), rowCount(), accepted(), between() or sqlCheck()', 'Call one of them.'),
);
