/** What the shapes of sources, models, sinks and checks share: names, durations, rules with their remedies. */
import * as z from 'zod';
import { datedGlobMistake, globMistake } from '../globs';
import { RESERVED_WORDS, SYSTEM_COLUMNS } from '../words';

export const COLUMN_NAME = /^[a-z][a-z0-9_]{0,62}$/;
export const TABLE = /^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/;
const SECONDS_PER_YEAR = 31_536_000;

/** No text in here has it. */
export const SEPARATOR = '\u2016';
/** Rule and remedy of a custom check, carried through zod's `message`. */
export const say = (rule: string, remedy: string) => `${rule}${SEPARATOR}${remedy}`;

const notUnderscore = (value: string) => !value.startsWith('_');
/** 63 is what PostgreSQL keeps of a name; Redshift keeps 127. */
const name = z
  .string()
  .refine(notUnderscore, {
    message: say('names that begin with _ are kept for bookkeeping', 'Rename it.'),
    abort: true,
  })
  .max(63, { message: say('a name has at most 63 characters, as in PostgreSQL', 'Shorten it.'), abort: true })
  .regex(COLUMN_NAME, say('a name has lower-case letters, digits and _, and begins with a letter', 'Rename it.'));
export const notReserved = (value: string) => !RESERVED_WORDS.has(value);
/** Of a source or a model: a table in SQL. */
export const tableName = name.refine(
  notReserved,
  say('it is a word of SQL', "Rename it, e.g. by an s at its end or 'raw_' before it."),
);
export const columnName = name
  .refine(
    notReserved,
    say('it is a word of SQL', "Rename the column, and name its header: order_no: text().from('order')."),
  )
  .refine((value) => !SYSTEM_COLUMNS.has(value), {
    message: say(
      'PostgreSQL and Redshift have a system column of that name',
      "Rename it, and name its header with .from('…').",
    ),
  });
export const duration = z.strictObject(
  {
    seconds: z
      .number()
      .positive(say('a duration is more than 0', 'Use seconds(), minutes() or hours().'))
      .max(SECONDS_PER_YEAR, say('a duration is at most a year', 'Use a shorter one.')),
  },
  say('a duration is made by seconds(), minutes() or hours()', 'Use e.g. minutes(5).'),
);
export const wholeSeconds = duration.refine(({ seconds }) => Number.isInteger(seconds), {
  message: say('Step Functions counts in whole seconds', 'Round it.'),
});
export const positive = (what: string) =>
  z.int(say(`${what} is a whole number`, 'Round it.')).positive(say(`${what} is at least 1`, 'Raise it.'));
export const share = z
  .number()
  .min(0, say('a share is from 0 to 1', 'Use e.g. 0.01 for one in a hundred.'))
  .max(1, say('a share is from 0 to 1', 'Use e.g. 0.01 for one in a hundred.'));

export const timezone = z.string().refine(isTimeZone, say('a time zone is an IANA name', "Use e.g. 'Europe/Berlin'."));

const globWithout = (mistakeOf: typeof globMistake) =>
  z
    .string()
    .superRefine((value, context) => {
      const mistake = mistakeOf(value);
      if (mistake) context.addIssue({ code: 'custom', message: say(mistake.rule, mistake.remedy), input: value });
    })
    .refine((value) => new TextEncoder().encode(value).length <= 1024, {
      message: say('an S3 key has at most 1,024 bytes', 'Shorten the pattern.'),
    });
export const glob = globWithout(globMistake);
/** One that may have date tokens. Whether its pipeline has dates is checked in `validate.ts`. */
export const datedGlob = globWithout(datedGlobMistake);

/** A list of names, each once; `otherwise` is said of what is none. */
export const distinctOf = (otherwise: string) =>
  z.array(z.string(otherwise), otherwise).superRefine((names, context) => {
    names.forEach((one, index) => {
      if (names.indexOf(one) === index) return;
      context.addIssue({ code: 'custom', path: [index], message: say('it is there twice', 'Remove one.'), input: one });
    });
  });
export const distinct = distinctOf(say('columns are named by texts', "Use e.g. ['order_id', 'line']."));

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
