/** Sources that read files. */
import * as z from 'zod';
import { timeFormatMistake } from '../../tasks/time-format';
import { datedGlob, positive, say, share } from './common';
import { sourceCommon } from './source-common';

const oneCharacter = (what: string) =>
  z
    .string()
    .length(1, { message: say(`${what} is one character`, "Give one, e.g. ',' or ';'."), abort: true })
    .refine((value) => value > '\0' && value <= '~' && value !== '\n' && value !== '\r', {
      message: say(`${what} is an ASCII character and no line break`, "Give e.g. ',' or ';'."),
    });
const timeFormat = (kind: 'date' | 'timestamp') =>
  z.string().superRefine((value, context) => {
    const mistake = timeFormatMistake(value, kind);
    if (mistake) context.addIssue({ code: 'custom', message: say(mistake.rule, mistake.remedy), input: value });
  });
const fileFormat = z.discriminatedUnion(
  'kind',
  [
    z
      .strictObject({
        kind: z.literal('csv'),
        delimiter: oneCharacter('a delimiter').optional(),
        quote: oneCharacter('a quote').optional(),
        nullText: z.string().optional(),
        header: z
          .union(
            [z.boolean(), z.literal('ignore')],
            say("header is true, false or 'ignore'", "Use 'ignore' where there is one that does not count."),
          )
          .optional(),
        decimal: z.enum(['.', ','], say("what stands before a fraction is '.' or ','", "Use decimal: ','.")).optional(),
        thousands: z
          .enum(['.', ',', "'", ' '], say("digits are grouped by '.', ',', ''' or a space", "Use e.g. thousands: '.'."))
          .optional(),
        dateFormat: timeFormat('date').optional(),
        timestampFormat: timeFormat('timestamp').optional(),
      })
      .refine((format) => format.delimiter === undefined || format.delimiter !== (format.quote ?? '"'), {
        message: say('the delimiter is the quote as well', 'Give two different characters.'),
      }),
    z.strictObject({ kind: z.literal('ndjson') }),
  ],
  say('a format is csv() or ndjson()', 'Call one of them.'),
);

export const landedFiles = z.strictObject({
  kind: z.literal('landedFiles'),
  files: z
    .array(z.strictObject({ glob: datedGlob, format: fileFormat }))
    .min(1, say('a source reads at least one glob', "Give glob: 'orders/*.csv' and format: csv(), or files."))
    .superRefine((files, context) => {
      files.forEach((file, index) => {
        if (files.findIndex((other) => other.glob === file.glob) === index) return;
        const message = say('the glob is there twice; the first one counts', 'Remove one.');
        context.addIssue({ code: 'custom', path: [index, 'glob'], message, input: file.glob });
      });
    }),
  format: z.undefined(say('format goes with glob; files names a format for each glob', 'Remove it.')).optional(),
  ...sourceCommon,
  rangeMiB: positive('rangeMiB').max(
    10_240,
    say('a range has at most 10,240 MiB', 'Lower it: ranges are read side by side.'),
  ),
  intervalsBack: z
    .int(say('intervals are counted in whole numbers', 'Round it.'))
    .min(0, say("intervalsBack is 0 (the run's own) or more", 'Use e.g. 1 for the interval before.'))
    .max(1000, say('intervalsBack is at most 1,000', 'Lower it.'))
    .optional(),
  optional: z.boolean(say('optional is true or false', 'Use true where an interval may have no file.')).optional(),
  tolerate: share.optional(),
});
