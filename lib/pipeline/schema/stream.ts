/** The shape of what belongs to a stream. What refers to what is checked in `stream-mistakes.ts`. */
import * as z from 'zod';
import { COLUMN_NAME, distinctOf, notReserved, say, wholeSeconds } from './common';
import { sourceCommon } from './source-common';

/** As Kinesis has it. */
export const streamName = z
  .string(say('a stream is named by text', "Use e.g. streamOf('users')."))
  .regex(
    /^[a-zA-Z0-9_.-]{1,128}$/,
    say("Kinesis' streams have 1 to 128 letters, digits, ., _ and -", "Use e.g. 'users'."),
  );

const between = (what: string, min: number, max: number, example: string) => {
  const message = say(
    `${what} is a whole number from ${min.toLocaleString('en')} to ${max.toLocaleString('en')}`,
    example,
  );
  return z.int(message).min(min, message).max(max, message);
};

const MADE_BY = 'is made by seconds(), minutes() or hours()';
/** `limits`: in words. */
const time = (what: string, min: number, max: number, limits: string, example: string) => {
  const message = say(`${what} is ${limits}, in whole seconds`, example);
  return z.strictObject(
    { seconds: z.int(message).min(min, message).max(max, message) },
    say(`${what} ${MADE_BY}`, example),
  );
};

const HOUR = 3600;
const DAY = 24 * HOUR;
const RETENTION = say('a stream keeps its records for 24 hours to 365 days, in whole hours', 'Use e.g. hours(48).');

export const streamOf = z.strictObject({
  kind: z.literal('streamOf'),
  stream: streamName,
  batch: between('batch', 1, 10_000, 'Use e.g. batch: 500.').optional(),
  window: time('window', 0, 300, '0 to 300 s', 'Use e.g. window: seconds(5).').optional(),
  parallel: between('parallel', 1, 10, 'Use e.g. parallel: 2.').optional(),
  publishEvery: time('publishEvery', 1, DAY, '1 s to a day', 'Use e.g. publishEvery: minutes(5).').optional(),
  startFrom: z
    .enum(
      ['oldest', 'newest'],
      say("startFrom is 'oldest' or 'newest'", "Use startFrom: 'newest' to pass over what lies in the stream already."),
    )
    .optional(),
  retry: z
    .strictObject(
      {
        attempts: between('attempts', 0, 10_000, 'Use e.g. attempts: 100.').optional(),
        maxAge: time('maxAge', 60, 7 * DAY, '1 minute to 7 days', 'Use e.g. maxAge: hours(24).').optional(),
      },
      say('retry is of attempts and maxAge', 'Use e.g. retry: { attempts: 100, maxAge: hours(24) }.'),
    )
    .optional(),
  retention: z
    .strictObject(
      {
        seconds: z
          .int(RETENTION)
          .min(DAY, RETENTION)
          .max(365 * DAY, RETENTION)
          .multipleOf(HOUR, RETENTION),
      },
      say(`retention ${MADE_BY}`, 'Use e.g. retention: hours(48).'),
    )
    .optional(),
  memoryMb: between('memoryMb', 128, 10_240, 'Use e.g. memoryMb: 1024.').optional(),
});

const column = (what: string, example: string) => z.string(say(`${what} is one column`, `Use e.g. ${example}.`));

/** `rebuildFrom`: the shape of `published`. */
export const streamRecordsOf = (published: z.ZodType) =>
  z.strictObject({
    kind: z.literal('streamRecords'),
    ...sourceCommon,
    dedupe: z
      .strictObject(
        {
          by: z.union(
            [z.string(), distinctOf('').min(1)],
            say('by is a column, or a list of columns', "Use e.g. by: 'user_id', or by: ['user_id', 'kind']."),
          ),
          within: wholeSeconds.refine(({ seconds }) => seconds <= 7 * DAY, {
            message: say('duplicates are known for 7 days at most', 'Use e.g. within: minutes(10).'),
          }),
        },
        say('dedupe is { by, within }', "Use e.g. dedupe: { by: 'user_id', within: minutes(10) }."),
      )
      .optional(),
    late: z
      .strictObject(
        { by: column('by', "by: 'registered_at'"), allow: wholeSeconds },
        say('late is { by, allow }', "Use e.g. late: { by: 'registered_at', allow: hours(1) }."),
      )
      .optional(),
    receivedAt: column('receivedAt', "receivedAt: 'received_at'").optional(),
    rebuildFrom: z
      .unknown()
      .refine((value) => published.safeParse(value).success, {
        message: say(
          'raw records are read from what another pipeline has published',
          "Use e.g. rebuildFrom: published('users-feed', 'raw_users').",
        ),
      })
      .optional(),
  });

export const kinesis = z.strictObject({
  kind: z.literal('kinesis'),
  model: z.string(say('a sink writes one model', "Name it, e.g. model: 'orders'.")),
  write: z.strictObject(
    { mode: z.literal('append', say('records are only ever added to a stream', 'Leave write out.')) },
    say('records are only ever added to a stream', 'Leave write out.'),
  ),
  stream: streamName,
  partitionBy: column('partitionBy', "partitionBy: 'user_id'"),
  external: z
    .boolean(say('external is true or false', 'Use external: true for a stream that no pipeline here reads.'))
    .optional(),
});

const attribute = (what: string) =>
  z
    .string(say(`${what} is named by text`, "Use e.g. 'signups'."))
    .regex(COLUMN_NAME, say('a name has lower-case letters, digits and _, at most 63', "Use e.g. 'signups'."))
    .refine(notReserved, { message: say('a word of SQL is no name', "Rename it, e.g. 'signups'."), abort: true })
    .refine(
      (name) => !['group', 'window'].includes(name),
      say('it is the key of the table', "Rename it, e.g. 'signups'."),
    );

const ofColumns = (what: string, example: string) =>
  z.record(attribute(what), z.string(say(`${what} is of one column`, `Use e.g. ${example}.`))).optional();

export const aggregate = z.strictObject(
  {
    kind: z.literal('aggregate'),
    model: z
      .string(say('it names the source, or a row function over it', 'Leave model out for the source.'))
      .optional(),
    by: distinctOf(say('by is a list of columns', "Use e.g. by: ['country'], or by: [] for all records together.")),
    window: time('window', 1, 900, '1 s to 15 minutes', 'Use e.g. window: minutes(1).'),
    count: attribute('what counts'),
    sum: ofColumns('a sum', "sum: { paid: 'amount' }"),
    min: ofColumns('a least value', "min: { cheapest: 'amount' }"),
    max: ofColumns('a greatest value', "max: { dearest: 'amount' }"),
    countOf: ofColumns('a count of values', "countOf: { payments: 'amount' }"),
    table: z
      .string(say('an aggregate has a table', "Name it, e.g. table: 'signups_by_country'."))
      .regex(
        /^[A-Za-z0-9_.-]{3,255}$/,
        say("DynamoDB's tables have 3 to 255 letters, digits, ., _ and -", "Use e.g. 'signups_by_country'."),
      ),
  },
  say(
    'an aggregate is made by aggregate()',
    "Use e.g. aggregate({ by: ['country'], window: minutes(1), count: 'signups', table: 'signups' }).",
  ),
);
