/** The shape of a trigger by files. What refers to what is checked in `gather-mistakes.ts`. */
import * as z from 'zod';
import { MOST_FILES } from '../../tasks/gather';
import { datedGlob, say, timezone, wholeSeconds } from './common';

const count = (what: string, example: string) =>
  z
    .int(say(`${what} are counted in whole numbers`, example))
    .min(1, say(`${what} are at least 1`, example))
    .max(MOST_FILES, say(`${what} of one run are at most ${MOST_FILES.toLocaleString('en')}`, example));

const WEEK_SECONDS = 7 * 86_400;
const atMostAWeek = wholeSeconds.refine(({ seconds }) => seconds <= WEEK_SECONDS, {
  message: say('it is at most a week', 'Use e.g. minutes(5).'),
});

const whole = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('marker'), file: datedGlob }),
    z.strictObject({ kind: z.literal('files'), count: count('files', 'Use e.g. fileCount(24).') }),
    z.strictObject({ kind: z.literal('quiet'), after: atMostAWeek }),
  ],
  say('whole is made by marker(), fileCount() or quiet()', "Use e.g. whole: marker('_SUCCESS')."),
);

const deadline = z
  .strictObject(
    {
      by: z
        .string()
        .regex(/^([01]\d|2[0-3]):[0-5]\d$/, say('a time of the clock is written as 06:00', "Use e.g. by: '06:00'."))
        .optional(),
      timezone: timezone.optional(),
      daysLater: z
        .int(say('days are counted in whole numbers', 'Use e.g. daysLater: 1.'))
        .min(0, say('it is 0 (on the day that the files are named by) to 31', 'Use e.g. daysLater: 1.'))
        .max(31, say('it is 0 (on the day that the files are named by) to 31', 'Use e.g. daysLater: 1.'))
        .optional(),
      within: wholeSeconds.optional(),
    },
    say(
      "a deadline is { by: '06:00', timezone } or { within: hours(3) }",
      "Use e.g. deadline: { by: '06:00', timezone: 'Europe/Berlin' }.",
    ),
  )
  .superRefine(({ by, within, timezone, daysLater }, context) => {
    const wrong = (message: string) => context.addIssue({ code: 'custom', message });
    if ((by === undefined) === (within === undefined))
      wrong(
        say(
          `a deadline has ${by === undefined ? 'one of by and within' : 'by or within, not both'}`,
          "Use e.g. { by: '06:00', timezone: 'Europe/Berlin' }, or { within: hours(3) } after the first file.",
        ),
      );
    else if (within !== undefined && (timezone !== undefined || daysLater !== undefined))
      wrong(say('timezone and daysLater are of a time of the clock, by', "Use e.g. { by: '06:00', timezone: 'UTC' }."));
  });

export const s3Arrival = z.strictObject({
  kind: z.literal('s3Arrival'),
  patterns: z.array(datedGlob).min(1, say('s3Arrival needs a pattern', "Use e.g. s3Arrival('orders/*.csv').")),
  batch: z
    .strictObject(
      { maxFiles: count('files', 'Use e.g. maxFiles: 500.'), window: atMostAWeek },
      say('batch is { maxFiles, window }', 'Use e.g. batch: { maxFiles: 500, window: minutes(5) }.'),
    )
    .optional(),
  whole: whole.optional(),
  deadline: deadline.optional(),
});
