/** What all sinks have: a model, and how its rows are written. */
import * as z from 'zod';
import { distinct, say } from './common';

export const modelName = z.string(
  say('a sink writes one model', "Name it, e.g. model: 'orders'; each model has a sink of its own."),
);
export const column = (what: string, example: string) => z.string(say(`${what} is one column`, `Use e.g. ${example}.`));

export const writeMode = z.discriminatedUnion(
  'mode',
  [
    z.strictObject({ mode: z.literal('append') }),
    z.strictObject({
      mode: z.literal('replace'),
      interval: column('interval', "replace({ interval: 'ordered_at' })").optional(),
    }),
    z.strictObject({
      mode: z.literal('merge'),
      keys: distinct.min(1, say('merge needs a key', "Name its columns: merge(['order_id', 'line']).")),
      newestBy: column('newestBy', "newestBy: 'updated_at'").optional(),
      deletedBy: column('deletedBy', "deletedBy: 'is_deleted'").optional(),
    }),
    z.strictObject({
      mode: z.literal('scd2'),
      keys: distinct.min(1, say('scd2 needs a key', "Name its columns: scd2('customer_id').")),
      track: distinct
        .min(1, say('there is nothing to track', "Name columns, e.g. track: ['city'], or leave track out for all."))
        .optional(),
      newestBy: column('newestBy', "newestBy: 'updated_at'").optional(),
    }),
  ],
  say('a write mode is append(), replace(), merge(key) or scd2(key)', 'Use one of them.'),
);
