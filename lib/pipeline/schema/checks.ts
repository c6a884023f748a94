/** Checks. */
import * as z from 'zod';
import { distinct, duration, say } from './common';

const on = {
  model: z.string(),
  severity: z.enum(['error', 'warn'], say("severity is 'error' or 'warn'", 'Use one of them.')),
};
const bound = z.union(
  [z.number(), z.string()],
  say('a bound is a number, or a date or time as ISO text', "Use e.g. 0, '2026-01-31' or '2026-01-31T12:00:00Z'."),
);
const scalar = z.union(
  [z.string(), z.number(), z.boolean()],
  say(
    'a value is a text, a number, true or false',
    'Leave others out: NULL is accepted in any case, and notNull() is against it.',
  ),
);
const number = z.number(say('it is a number', 'Use e.g. 20.'));
const needsBound = (check: { min?: unknown; max?: unknown }) => check.min !== undefined || check.max !== undefined;
const inOrder = ({ min, max }: { min?: number | string | undefined; max?: number | string | undefined }) =>
  min === undefined || max === undefined || typeof min !== typeof max || min <= max;
const rows = z
  .int(say('rows are counted in whole numbers', 'Use e.g. 1.'))
  .min(0, say('a count is 0 or more', 'Raise it.'));

const atLeastOneColumn = (what: string, example: string) => distinct.min(1, say(`${what} needs a column`, example));
const last = z
  .int(say('runs are counted in whole numbers', 'Round it.'))
  .min(1, say('there is at least one run to compare with', 'Use e.g. last: 7.'))
  .max(100, say('a run is compared with at most 100 others', 'Lower it.'));
const within = z
  .number(say('within is the share of the median that a run may differ by', 'Use e.g. within: 0.5 for half of it.'))
  .min(0, say('within is a share of the median, 0 or more', 'Use e.g. 0.5 for half of it.'))
  .max(100, say('within is a share of the median', 'Use e.g. 0.5 for half of it.'));
const NOT_EXPECTED = say(
  'what is expected are bounds, or earlier runs to compare with',
  'Use e.g. { max: 0.01 } or { last: 7, within: 0.2 }.',
);
const expectation = z
  .strictObject(
    {
      min: number.optional(),
      max: number.optional(),
      last: last.optional(),
      within: within.optional(),
    },
    NOT_EXPECTED,
  )
  .refine((one) => (one.last === undefined) === (one.within === undefined), {
    message: say('last and within go together', 'Give both, e.g. { last: 7, within: 0.2 }.'),
    abort: true,
  })
  .refine((one) => needsBound(one) !== (one.last !== undefined), {
    message: say(
      'it is either bounds or a comparison with earlier runs',
      'Give min and max, or last and within, e.g. { last: 7, within: 0.2 }.',
    ),
    abort: true,
  })
  .refine(inOrder, say('min is above max', 'Swap them.'));
const shareIn = expectation.refine(
  ({ min = 0, max = 0 }) => min >= 0 && max <= 1 && min <= 1 && max >= 0,
  say('a share is from 0 to 1', 'Use e.g. 0.01 for one in a hundred.'),
);
const NUMBERS = ['mean', 'stddev', 'nulls', 'distinct', 'shares'] as const;

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
    z.strictObject({ kind: z.literal('freshness'), ...on, column: z.string(), maxAge: duration }),
    z
      .strictObject({
        kind: z.literal('foreignKey'),
        ...on,
        columns: atLeastOneColumn('foreignKey', "Name it, e.g. foreignKey('lines', 'order_id', …)."),
        references: z.strictObject({
          model: z.string(),
          columns: z
            .array(z.string())
            .min(1, say('foreignKey refers to a column', "Name it, e.g. { model: 'orders', columns: 'id' }.")),
        }),
      })
      .refine(({ columns, references }) => columns.length === references.columns.length, {
        path: ['references', 'columns'],
        message: say('both sides have as many columns', 'Name them in the same order.'),
      }),
    z.strictObject({
      kind: z.literal('matches'),
      ...on,
      column: z.string(),
      pattern: z
        .string()
        .min(1, say('an empty pattern matches everything', 'Write e.g. /^\\d{5}$/.'))
        // Behind a slash no text begins, and before one none ends: it would never match.
        .refine((pattern) => !/^\/\^|[^\\]\$\/[a-z]*$/.test(pattern), {
          message: say(
            'the slashes stand around a regular expression, and are no part of a text',
            'Write /^\\d{5}$/ without quotes.',
          ),
        }),
      flags: z
        .string()
        .regex(/^[ims]*$/, say('only the flags i, m and s mean something here', 'Leave the others out.')),
    }),
    z
      .strictObject({
        kind: z.literal('distribution'),
        ...on,
        column: z.string(),
        mean: expectation.optional(),
        stddev: expectation.optional(),
        nulls: shareIn.optional(),
        distinct: expectation.optional(),
        shares: z
          .record(
            z.string(),
            shareIn,
            say(
              'shares are an object, with what is expected for each value',
              'Use e.g. shares: { paid: { min: 0.5 } }.',
            ),
          )
          .refine((shares) => Object.keys(shares).length > 0, {
            message: say('shares names no value', 'Name one, e.g. shares: { paid: { min: 0.5 } }.'),
          })
          .optional(),
      })
      .refine((one) => NUMBERS.some((name) => one[name] !== undefined), {
        message: say(
          'distribution expects nothing',
          'Give mean, stddev, nulls, distinct or shares, e.g. { mean: { min: 20, max: 200 } }.',
        ),
      }),
    z.strictObject({ kind: z.literal('volume'), ...on, last, within }),
    z.strictObject({
      kind: z.literal('sqlCheck'),
      ...on,
      condition: z.string().regex(/\S/, say('a condition is SQL', "Write e.g. 'amount >= 0'.")),
    }),
  ],
  say(
    'a check is made by notNull(), unique(), rowCount(), accepted(), between(), matches(), foreignKey(), freshness(), volume(), distribution() or sqlCheck()',
    'Call one of them.',
  ),
);
