/** A column of a contract. */
import * as z from 'zod';
import { Column } from '../columns';
import { say, timezone } from './common';

const digits = z.int(say('digits are counted in whole numbers', 'Use e.g. decimal(12, 2).'));
const columnType = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('bigint') }),
  z.strictObject({ type: z.literal('integer') }),
  z
    .strictObject({
      type: z.literal('decimal'),
      precision: digits,
      scale: digits.min(0, say('a scale is 0 or more', 'Use e.g. decimal(12, 2).')),
    })
    .refine((t) => t.precision >= 1 && t.precision <= 38, {
      message: say('a decimal has 1 to 38 digits', 'Use e.g. decimal(12, 2), or double().'),
      abort: true,
    })
    .refine((t) => t.scale <= t.precision, say('the scale is at most the precision', 'Use e.g. decimal(12, 2).')),
  z.strictObject({ type: z.literal('double') }),
  z.strictObject({
    type: z.literal('text'),
    length: z
      .int(say('a length is a whole number of characters', 'Round it.'))
      .min(1, say('a text has at least one character', 'Raise the length, or leave it out.'))
      .max(65_535, say("Redshift's longest text has 65,535 bytes", 'Leave the length out for the longest.'))
      .optional(),
  }),
  z.strictObject({ type: z.literal('boolean') }),
  z.strictObject({ type: z.literal('date') }),
  z.strictObject({
    type: z.literal('timestamp'),
    timezone: timezone.optional(),
  }),
  z.strictObject({ type: z.literal('json') }),
]);

export const column = z
  .instanceof(Column, { message: say('a column is made by bigint(), text(64), key.text(32), …', 'Call one of them.') })
  .superRefine((value, context) => {
    const { protection } = value;
    if (protection !== undefined && protection !== 'mask' && protection !== 'hash') {
      const message = say("pii is 'mask' or 'hash'", 'Use one of them.');
      context.addIssue({ code: 'custom', message, input: protection });
    }
    const shape = columnType.safeParse(value.type);
    for (const issue of shape.error?.issues ?? []) {
      context.addIssue({ code: 'custom', message: issue.message, input: value });
    }
  });
