/** The shape of a definition. Shape only: what refers to what is checked in `validate.ts`. Unknown options are errors. */
import * as z from 'zod';
import { rowSourceConfig } from '../tasks/extract-rows';
import { Column } from './columns';
import { globMistake } from './globs';
import { databaseMistakes } from './sources/database-mistakes';
import { dynamoDbMistakes } from './sources/dynamodb';
import { httpMistakes } from './sources/http-mistakes';
import type { RowSource } from './types';
import { isReservedSchema, RESERVED_PIPELINES, RESERVED_WORDS, SYSTEM_COLUMNS } from './words';

const COLUMN_NAME = /^[a-z][a-z0-9_]{0,62}$/;
const TABLE = /^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/;
const SECONDS_PER_YEAR = 31_536_000;

/** No text in here has it. */
export const SEPARATOR = '\u2016';
/** Rule and remedy of a custom check, carried through zod's `message`. */
const say = (rule: string, remedy: string) => `${rule}${SEPARATOR}${remedy}`;

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
const notReserved = (value: string) => !RESERVED_WORDS.has(value);
/** Of a source or a model: a table in SQL. */
const tableName = name.refine(
  notReserved,
  say('it is a word of SQL', "Rename it, e.g. by an s at its end or 'raw_' before it."),
);
const columnName = name
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
const duration = z.strictObject(
  {
    seconds: z
      .number()
      .positive(say('a duration is more than 0', 'Use seconds(), minutes() or hours().'))
      .max(SECONDS_PER_YEAR, say('a duration is at most a year', 'Use a shorter one.')),
  },
  say('a duration is made by seconds(), minutes() or hours()', 'Use e.g. minutes(5).'),
);
const wholeSeconds = duration.refine(({ seconds }) => Number.isInteger(seconds), {
  message: say('Step Functions counts in whole seconds', 'Round it.'),
});
const positive = (what: string) =>
  z.int(say(`${what} is a whole number`, 'Round it.')).positive(say(`${what} is at least 1`, 'Raise it.'));
const share = z
  .number()
  .min(0, say('a share is from 0 to 1', 'Use e.g. 0.01 for one in a hundred.'))
  .max(1, say('a share is from 0 to 1', 'Use e.g. 0.01 for one in a hundred.'));

const timezone = z.string().refine(isTimeZone, say('a time zone is an IANA name', "Use e.g. 'Europe/Berlin'."));
const scalarOrNull = z.union([z.string(), z.number(), z.boolean(), z.null()]);
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

const column = z
  .instanceof(Column, { message: say('a column is made by bigint(), text(64), key.text(32), …', 'Call one of them.') })
  .superRefine((value, context) => {
    const shape = columnType.safeParse(value.type);
    for (const issue of shape.error?.issues ?? []) {
      context.addIssue({ code: 'custom', message: issue.message, input: value });
    }
  });

const oneCharacter = (what: string) =>
  z
    .string()
    .length(1, { message: say(`${what} is one character`, "Give one, e.g. ',' or ';'."), abort: true })
    .refine((value) => value > '\0' && value <= '~' && value !== '\n' && value !== '\r', {
      message: say(`${what} is an ASCII character and no line break`, "Give e.g. ',' or ';'."),
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
      })
      .refine((format) => format.delimiter === undefined || format.delimiter !== (format.quote ?? '"'), {
        message: say('the delimiter is the quote as well', 'Give two different characters.'),
      }),
    z.strictObject({ kind: z.literal('ndjson') }),
  ],
  say('a format is csv() or ndjson()', 'Call one of them.'),
);

const glob = z
  .string()
  .superRefine((value, context) => {
    const mistake = globMistake(value);
    if (mistake) context.addIssue({ code: 'custom', message: say(mistake.rule, mistake.remedy), input: value });
  })
  .refine((value) => new TextEncoder().encode(value).length <= 1024, {
    message: say('an S3 key has at most 1,024 bytes', 'Shorten the pattern.'),
  });

const sourceCommon = {
  columns: z
    .record(columnName, column)
    .refine(
      (value) => Object.keys(value).length > 0,
      say('a contract has at least one column', 'Declare the columns of the file.'),
    ),
  onDrift: z.enum(['fail', 'evolve', 'ignore'], say("onDrift is 'fail', 'evolve' or 'ignore'", 'Use one of them.')),
  onBadRow: z
    .strictObject({
      maxRate: share.optional(),
      maxCount: z
        .int(say('a count is a whole number', 'Round it.'))
        .min(0, say('a count is 0 or more', 'Raise it.'))
        .optional(),
    })
    .refine((limits) => limits.maxRate !== undefined || limits.maxCount !== undefined, {
      message: say(
        'without a limit a file of nothing but bad rows would pass',
        'Give maxRate or maxCount, e.g. quarantine({ maxRate: 0.01 }).',
      ),
    }),
  memoryMb: z
    .int(say('memoryMb is a whole number', 'Round it.'))
    .min(512, say('the extract function needs 512 to 10,240 MB', 'Raise it.'))
    .max(10_240, say('a Lambda function has at most 10,240 MB', 'Lower it.')),
};

const landedFiles = z.strictObject({
  kind: z.literal('landedFiles'),
  files: z
    .array(z.strictObject({ glob, format: fileFormat }))
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
});

const ids = (what: string, prefix: string) =>
  z
    .array(
      z
        .string()
        .regex(new RegExp(`^${prefix}-[0-9a-f]+$`), say(`${what} is written as ${prefix}-0a1b2c3d`, 'Correct it.')),
    )
    .min(1, say(`a network has ${what}`, 'Name at least one.'));
const network = z.strictObject({
  subnetIds: ids('a subnet', 'subnet').max(16, say('a function takes up to 16 subnets', 'Remove some.')),
  securityGroupIds: ids('a security group', 'sg').max(
    5,
    say('a function takes up to 5 security groups', 'Remove some.'),
  ),
});

/** `config` is checked by the shape of its kind. */
const rowSource = z
  .strictObject({
    kind: z.enum(['httpApi', 'mysql', 'postgres', 'dynamoDb']),
    config: rowSourceConfig,
    ...sourceCommon,
    cursor: z
      .strictObject({
        column: z.string(),
        initialValue: z.iso.datetime({ offset: true }).optional(),
        lag: duration.optional(),
      })
      .optional(),
    partitions: z
      .array(z.strictObject({ id: z.string().min(1), values: z.record(z.string(), scalarOrNull) }))
      .min(1, say('a source has a partition', 'Name one, or leave partitions out.'))
      .optional(),
    tolerate: share.optional(),
    network: network.optional(),
  })
  .superRefine((value, context) => {
    for (const { path, rule, remedy } of [
      ...httpMistakes(value as RowSource),
      ...databaseMistakes(value as RowSource),
      ...dynamoDbMistakes(value as RowSource),
    ]) {
      context.addIssue({ code: 'custom', path: [...path], message: say(rule, remedy), input: value });
    }
  });

const source = z.discriminatedUnion(
  'kind',
  [landedFiles, rowSource],
  say('a source is made by landedFiles(), httpApi(), mysql(), …', 'Call one of them.'),
);

const model = z.union(
  [
    z.strictObject({ kind: z.literal('sql'), file: z.string().min(1) }),
    z.strictObject({ kind: z.literal('sql'), text: z.string().min(1) }),
  ],
  say('a model is made by sql()', "Use sql('model.sql') or sql.text('SELECT …')."),
);

const distinct = z.array(z.string()).superRefine((names, context) => {
  names.forEach((one, index) => {
    if (names.indexOf(one) === index) return;
    context.addIssue({ code: 'custom', path: [index], message: say('it is there twice', 'Remove one.'), input: one });
  });
});
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

const sink = z.discriminatedUnion(
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

const on = {
  model: z.string(),
  severity: z.enum(['error', 'warn'], say("severity is 'error' or 'warn'", 'Use one of them.')),
};
const bound = z.union([z.number(), z.string()]);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const needsBound = (check: { min?: unknown; max?: unknown }) => check.min !== undefined || check.max !== undefined;
const inOrder = ({ min, max }: { min?: number | string | undefined; max?: number | string | undefined }) =>
  min === undefined || max === undefined || typeof min !== typeof max || min <= max;
const rows = z
  .int(say('rows are counted in whole numbers', 'Round it.'))
  .min(0, say('a count is 0 or more', 'Raise it.'));
const check = z.discriminatedUnion(
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
    z.strictObject({
      kind: z.literal('sqlCheck'),
      ...on,
      condition: z.string().regex(/\S/, say('a condition is SQL', "Write e.g. 'amount >= 0'.")),
    }),
  ],
  say('a check is made by notNull(), unique(), rowCount(), accepted(), between() or sqlCheck()', 'Call one of them.'),
);

const addresses = z
  .array(z.email(say('an address looks like data@example.com', 'Correct it.')))
  .superRefine((all, context) => {
    all.forEach((one, index) => {
      if (all.indexOf(one) === index) return;
      context.addIssue({ code: 'custom', path: [index], message: say('it is there twice', 'Remove one.'), input: one });
    });
  });

export const definition = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
      say('a name is in kebab-case: lower-case letters and digits, parts joined by -', "Use e.g. 'daily-orders'."),
    )
    .max(32, say('a name has at most 32 characters', 'Shorten it: it becomes part of AWS names.'))
    .refine((value) => !RESERVED_PIPELINES.has(value), say("that stack is Stepwell's own", 'Rename the pipeline.')),
  description: z.string().optional(),
  trigger: z.discriminatedUnion(
    'kind',
    [
      z.strictObject({
        kind: z.literal('s3Arrival'),
        patterns: z.array(glob).min(1, say('s3Arrival needs a pattern', "Use e.g. s3Arrival('orders/*.csv').")),
      }),
      z.strictObject({ kind: z.literal('cron'), cron: z.string(), timezone }),
    ],
    say('a trigger is made by s3Arrival() or cron()', "Use e.g. s3Arrival('orders/*.csv')."),
  ),
  sources: z
    .record(tableName, source)
    .refine((value) => Object.keys(value).length > 0, say('a pipeline has a source', 'Declare one.')),
  models: z
    .record(tableName, model)
    .refine(
      (value) => Object.keys(value).length > 0,
      say('a pipeline has a model', "Declare one, e.g. sql.text('SELECT * FROM orders')."),
    ),
  sinks: z.array(sink).min(1, say('a pipeline has a sink', 'Add redshift(), postgres() or lake().')),
  checks: z.array(check).optional(),
  retry: z
    .strictObject({
      attempts: z
        .int(say('attempts are counted in whole numbers', 'Round it.'))
        .min(0, say('attempts are 0 (never again) to 99', 'Use e.g. 3.'))
        .max(99, say('attempts are 0 (never again) to 99', 'Use e.g. 3.'))
        .optional(),
      interval: wholeSeconds.optional(),
      backoffRate: z.number().min(1, say('a backoff rate is at least 1', 'Use e.g. 2.')).optional(),
      maxInterval: wholeSeconds.optional(),
    })
    .refine(({ interval, maxInterval }) => (maxInterval?.seconds ?? 60) > (interval?.seconds ?? 2), {
      path: ['maxInterval'],
      message: say(
        'the longest wait (60 s unless told) is above the first one (interval, 2 s unless told)',
        'Raise it.',
      ),
    })
    .optional(),
  timeout: wholeSeconds.optional(),
  alerts: z
    .strictObject({
      email: addresses,
      quarantineRate: share.optional(),
    })
    .optional(),
});

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}
