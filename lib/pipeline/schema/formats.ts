/** How files are written: what each format takes. */
import * as z from 'zod';
import { timeFormatMistake } from '../../tasks/time-format';
import { say } from './common';

const oneCharacter = (what: string, remedy: string) =>
  z
    .string()
    .length(1, { message: say(`${what} is one character`, remedy), abort: true })
    .refine((value) => value > '\0' && value <= '~' && value !== '\n' && value !== '\r', {
      message: say(`${what} is an ASCII character and no line break`, remedy),
    });
const timeFormat = (kind: 'date' | 'timestamp') =>
  z.string().superRefine((value, context) => {
    const mistake = timeFormatMistake(value, kind);
    if (mistake === undefined) return;
    const meant = inDirectives(value);
    const remedy = timeFormatMistake(meant, kind) === undefined ? `Write '${meant}'.` : mistake.remedy;
    context.addIssue({ code: 'custom', message: say(mistake.rule, remedy), input: value });
  });

/** `dd.MM.yyyy` of Java, `YYYY-MM-DD HH24:MI` of SQL, as strptime(3) has them. */
const inDirectives = (format: string): string =>
  format.includes('%')
    ? format
    : format
        .replace(/(HH24|HH|hh):(MM|MI|mm)/, '$1:%M')
        .replace(/yyyy|YYYY/, '%Y')
        .replace(/yy|YY/, '%y')
        .replace(/MMM/, '%b')
        .replace(/MM/, '%m')
        .replace(/dd|DD/, '%d')
        .replace(/HH24|HH/, '%H')
        .replace(/hh/, '%I')
        .replace(/ss|SS/, '%S');

const conventions = {
  nullText: z.string().optional(),
  decimal: z.enum(['.', ','], say("what stands before a fraction is '.' or ','", "Use decimal: ','.")).optional(),
  thousands: z
    .enum(['.', ',', "'", ' '], say("digits are grouped by '.', ',', ''' or a space", "Use e.g. thousands: '.'."))
    .optional(),
  dateFormat: timeFormat('date').optional(),
  timestampFormat: timeFormat('timestamp').optional(),
};
type Conventions = { thousands?: string | undefined; decimal?: string | undefined };
const tellsApart = ({ thousands, decimal = '.' }: Conventions): boolean => thousands !== decimal;
const same = {
  message: say('decimal and thousands are the same character', "Give e.g. decimal: ',', thousands: '.'."),
};

const csv = z
  .strictObject({
    kind: z.literal('csv'),
    delimiter: oneCharacter('a delimiter', "Give one, e.g. ';', or '\\t' for a tab.").optional(),
    quote: oneCharacter('a quote', "Give one, e.g. ''', or leave it out for the double quote.").optional(),
    header: z
      .union(
        [z.boolean(), z.literal('ignore')],
        say("header is true, false or 'ignore'", "Use 'ignore' where there is one that does not count."),
      )
      .optional(),
    ...conventions,
  })
  .refine((format) => format.delimiter === undefined || format.delimiter !== (format.quote ?? '"'), {
    message: say('the delimiter is the quote as well', 'Give two different characters.'),
  })
  .refine(tellsApart, same);

const WIDTHS = 'Use e.g. widths: { account: 10, holder: 30 }.';
/** Of a line; a longer one is no line of fields. */
const MOST_CHARACTERS = 100_000;

const fixedWidth = z
  .strictObject({
    kind: z.literal('fixedWidth'),
    fields: z
      .array(
        z.strictObject({
          name: z.string(),
          width: z
            .int(say('a width counts characters', 'Use a whole number.'))
            .min(1, say('a field has at least one character', 'Raise it, or leave the field out.'))
            .max(MOST_CHARACTERS, say('a field has at most 100,000 characters', 'Lower it.')),
        }),
        say('widths say how many characters each field has, in the order of the line', WIDTHS),
      )
      .min(1, say('a line has a field', WIDTHS)),
    trimmed: z
      .boolean(say('trimmed is true or false', 'Use true where lines lack the spaces at their ends.'))
      .optional(),
    ...conventions,
  })
  .refine(tellsApart, same);

const jsonArray = z.strictObject({
  kind: z.literal('jsonArray'),
  path: z
    .string()
    .regex(
      /^[^.[\]]+(\.[^.[\]]+)*$/,
      say(
        'a path names members, joined by points',
        "Use e.g. path: 'data.items', or leave it out for the document itself.",
      ),
    )
    .optional(),
});

export const fileFormat = z.discriminatedUnion(
  'kind',
  [
    csv,
    z.strictObject({ kind: z.literal('ndjson') }),
    jsonArray,
    fixedWidth,
    z.strictObject({ kind: z.literal('parquet') }),
  ],
  say('a format is csv(), ndjson(), jsonArray(), fixedWidth() or parquet()', 'Call one of them.'),
);
