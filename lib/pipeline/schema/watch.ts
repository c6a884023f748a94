/** What is watched of a pipeline, and how well. */
import * as z from 'zod';
import { cronMistake } from '../cron';
import { duration, say, timezone } from './common';

const SHORTEST_S = 3600;
const age = duration.refine(({ seconds }) => !(seconds < SHORTEST_S), {
  message: say('it is looked at once an hour', 'Use at least hours(1).'),
});

export const freshness = z
  .strictObject({
    within: age.optional(),
    inputs: z
      .record(z.string(), age, say('inputs name sources', 'Use e.g. inputs: { orders: hours(26) }.'))
      .refine((value) => Object.keys(value).length > 0, say('it names no source', 'Name one, or leave inputs out.'))
      .optional(),
  })
  .refine(({ within, inputs }) => within !== undefined || inputs !== undefined, {
    message: say('it says nothing', 'Use e.g. freshness: { within: hours(26) }.'),
  });

export const deadline = z.strictObject({
  by: z
    .string(say('by is a time of day', "Use e.g. by: '06:00'."))
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, say('by is a time of day, 00:00 to 23:59', "Use e.g. by: '06:00'.")),
  timezone: timezone.optional(),
  days: z
    .string(say('days are those of a crontab', "Use e.g. days: 'MON-FRI'."))
    .superRefine((value, context) => {
      const mistake = /\s/.test(value.trim())
        ? 'it has more than one part'
        : cronMistake(`0 6 * * ${value.trim()}`)?.rule;
      if (mistake === undefined && value.trim() !== '') return;
      const message = say(
        "days are those of a crontab: 'MON-FRI', '0,6'",
        "Use e.g. days: 'MON-FRI', or leave it out for every day.",
      );
      context.addIssue({ code: 'custom', message, input: value });
    })
    .optional(),
});

/** Those that are on or off. */
export const reconcile = z.boolean(
  say('reconcile is true or false', 'Use true to compare the load ledgers once a day.'),
);
export const dashboard = z.boolean(say('dashboard is true or false', 'Use true for a page of its own.'));
