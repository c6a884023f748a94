/** Sinks and their write modes. */
import * as z from 'zod';
import { isReservedSchema } from '../words';
import { COLUMN_NAME, distinct, notReserved, say, TABLE } from './common';

const writeMode = z.discriminatedUnion(
  'mode',
  [
    z.strictObject({ mode: z.literal('append') }),
    z.strictObject({ mode: z.literal('replace'), interval: z.string().optional() }),
    z.strictObject({
      mode: z.literal('merge'),
      keys: distinct.min(1, say('merge needs a key', "Name its columns: merge(['order_id', 'line']).")),
      newestBy: z.string().optional(),
      deletedBy: z.string().optional(),
    }),
    z.strictObject({
      mode: z.literal('scd2'),
      keys: distinct.min(1, say('scd2 needs a key', "Name its columns: scd2('customer_id').")),
      track: distinct
        .min(1, say('there is nothing to track', "Name columns, e.g. track: ['city'], or leave track out for all."))
        .optional(),
      newestBy: z.string().optional(),
    }),
  ],
  say('a write mode is append(), replace(), merge(key) or scd2(key)', 'Use one of them.'),
);
const table = z
  .string()
  .regex(TABLE, {
    message: say(
      'a table is schema.table in lower-case letters, digits and _, at most 63 each',
      "Use e.g. 'shop.orders'.",
    ),
    abort: true,
  })
  .refine((value) => !isReservedSchema(value.split('.')[0]!), {
    message: say('that schema belongs to the database or to Stepwell', "Use one of your own, e.g. 'shop.orders'."),
  })
  .refine(
    (value) => value.split('.').every(notReserved),
    say('a word of SQL is no name', "Rename it, e.g. 'shop.orders'."),
  );
const lakeTable = z
  .string()
  .regex(COLUMN_NAME, {
    message: say(
      'a lake table has lower-case letters, digits and _, at most 63, and no schema',
      "Use e.g. 'order_lines'.",
    ),
    abort: true,
  })
  .refine(notReserved, say('a word of SQL is no name', "Rename it, e.g. 'orders'."));

export const sink = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('redshift'),
      model: z.string(),
      write: writeMode,
      table,
      distKey: z.string().optional(),
      sortKey: distinct.max(400, say('a sort key has at most 400 columns', 'Shorten it.')).optional(),
    }),
    z.strictObject({ kind: z.literal('postgres'), model: z.string(), write: writeMode, table }),
    z.strictObject({
      kind: z.literal('lake'),
      model: z.string(),
      write: writeMode
        .refine((mode) => mode.mode !== 'merge', {
          message: say(
            'a lake table has no keys to merge by',
            'Use append() or replace(), or merge into redshift or postgres.',
          ),
        })
        .refine((mode) => mode.mode !== 'scd2', {
          message: say(
            'a lake table has no keys to keep the history of',
            'Use append() or replace(), or scd2 into redshift or postgres.',
          ),
        }),
      table: lakeTable,
      partitionBy: distinct,
    }),
  ],
  say('a sink is made by redshift(), postgres() or lake()', 'Call one of them.'),
);
