/** The shape of a definition. Shape only: what refers to what is checked in `validate.ts`. Unknown options are errors. */
import * as z from 'zod';
import { Column } from './columns';

const COLUMN_NAME = /^[a-z][a-z0-9_]{0,62}$/;
const TABLE = /^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/;
const SECONDS_PER_YEAR = 31_536_000;

/** Rule and remedy of a custom check, carried through zod's `message`. */
const say = (rule: string, remedy: string) => `${rule}|${remedy}`;

const name = z
  .string()
  .regex(COLUMN_NAME, say('a name has lower-case letters, digits and _, at most 63', 'Rename it.'));
const duration = z.strictObject({
  seconds: z
    .number()
    .positive(say('a duration is more than 0', 'Use seconds(), minutes() or hours().'))
    .max(SECONDS_PER_YEAR, say('a duration is at most a year', 'Use a shorter one.')),
});
const positive = (what: string) =>
  z.int(say(`${what} is a whole number`, 'Round it.')).positive(say(`${what} is at least 1`, 'Raise it.'));
const share = z
  .number()
  .min(0, say('a share is from 0 to 1', 'Use e.g. 0.01 for one in a hundred.'))
  .max(1, say('a share is from 0 to 1', 'Use e.g. 0.01 for one in a hundred.'));

const columnType = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('bigint') }),
  z.strictObject({ type: z.literal('integer') }),
  z
    .strictObject({ type: z.literal('decimal'), precision: z.int().min(1).max(38), scale: z.int().min(0).max(38) })
    .refine((t) => t.scale <= t.precision, say('the scale is at most the precision', 'Use e.g. decimal(12, 2).')),
  z.strictObject({ type: z.literal('double') }),
  z.strictObject({
    type: z.literal('text'),
    length: z
      .int()
      .min(1)
      .max(65_535, say("Redshift's longest text has 65,535 bytes", 'Leave the length out for the longest.'))
      .optional(),
  }),
  z.strictObject({ type: z.literal('boolean') }),
  z.strictObject({ type: z.literal('date') }),
  z.strictObject({
    type: z.literal('timestamp'),
    timezone: z.string().refine(isTimeZone, say('a time zone is an IANA name', "Use e.g. 'Europe/Berlin'.")).optional(),
  }),
  z.strictObject({ type: z.literal('json') }),
]);

const column = z
  .instanceof(Column, { message: say('a column is made by bigint(), text(64), key.text(32), …', 'Call one of them.') })
  .superRefine((value, context) => {
    const shape = columnType.safeParse(value.type);
    for (const issue of shape.error?.issues ?? []) {
      context.addIssue({ code: 'custom', path: issue.path, message: issue.message, input: value.type });
    }
  });

const oneCharacter = (what: string) => z.string().length(1, say(`${what} is one character`, 'Give one, e.g. , or ;'));
const fileFormat = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('csv'),
    delimiter: oneCharacter('a delimiter').optional(),
    quote: oneCharacter('a quote').optional(),
    nullText: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('ndjson') }),
]);

const glob = z
  .string()
  .min(1, say('a pattern names keys in the landing bucket', "Use e.g. 'orders/*.csv'."))
  .max(1024, say('an S3 key has at most 1,024 bytes', 'Shorten the pattern.'))
  .refine((value) => !value.startsWith('/') && !value.startsWith('s3://'), {
    message: say('a pattern is a key, without bucket and without a leading /', "Use e.g. 'orders/*.csv'."),
  });

const landedFiles = z.strictObject({
  kind: z.literal('landedFiles'),
  files: z
    .array(z.strictObject({ glob, format: fileFormat }))
    .min(1, say('a source reads at least one glob', "Give `glob: 'orders/*.csv'` and `format: csv()`, or `files`.")),
  columns: z
    .record(name, column)
    .refine(
      (value) => Object.keys(value).length > 0,
      say('a contract has at least one column', 'Declare the columns of the file.'),
    ),
  onDrift: z.enum(['fail', 'evolve', 'ignore'], say("onDrift is 'fail', 'evolve' or 'ignore'", 'Use one of them.')),
  onBadRow: z.strictObject({
    maxRate: share.optional(),
    maxCount: z.int().min(0, say('a count is 0 or more', 'Raise it.')).optional(),
  }),
  rangeMiB: positive('rangeMiB'),
  memoryMb: z
    .int()
    .min(512, say('the extract function needs 512 to 10,240 MB', 'Raise it.'))
    .max(10_240, say('a Lambda function has at most 10,240 MB', 'Lower it.')),
});

const model = z.union(
  [
    z.strictObject({ kind: z.literal('sql'), file: z.string().min(1) }),
    z.strictObject({ kind: z.literal('sql'), text: z.string().min(1) }),
  ],
  say('a model is made by sql()', "Use sql('model.sql') or sql.text('SELECT …')."),
);

const writeMode = z.discriminatedUnion(
  'mode',
  [
    z.strictObject({ mode: z.literal('append') }),
    z.strictObject({ mode: z.literal('replace') }),
    z.strictObject({
      mode: z.literal('merge'),
      keys: z.array(z.string()).min(1, say('merge needs a key', "Name its columns: merge(['order_id', 'line']).")),
      newestBy: z.string().optional(),
    }),
  ],
  say('a write mode is append(), replace() or merge(key)', 'Use one of them.'),
);
const table = z
  .string()
  .regex(TABLE, say('a table is schema.table in lower-case letters, digits and _', "Use e.g. 'shop.orders'."));
const lakeTable = z
  .string()
  .regex(COLUMN_NAME, say('a lake table has lower-case letters, digits and _', "Use e.g. 'order_lines'."));

const sink = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('redshift'),
    model: z.string(),
    write: writeMode,
    table,
    distKey: z.string().optional(),
    sortKey: z.array(z.string()).optional(),
  }),
  z.strictObject({ kind: z.literal('postgres'), model: z.string(), write: writeMode, table }),
  z.strictObject({
    kind: z.literal('lake'),
    model: z.string(),
    write: writeMode.refine((mode) => mode.mode !== 'merge', {
      message: say(
        'a lake table has no keys to merge by',
        'Use append() or replace(), or merge into redshift or postgres.',
      ),
    }),
    table: lakeTable,
    partitionBy: z.array(z.string()),
  }),
]);

const on = {
  model: z.string(),
  severity: z.enum(['error', 'warn'], say("severity is 'error' or 'warn'", 'Use one of them.')),
};
const bound = z.union([z.number(), z.string()]);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const needsBound = (check: { min?: unknown; max?: unknown }) => check.min !== undefined || check.max !== undefined;
const check = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('notNull'), ...on, column: z.string() }),
  z.strictObject({ kind: z.literal('unique'), ...on, columns: z.array(z.string()).min(1) }),
  z
    .strictObject({
      kind: z.literal('rowCount'),
      ...on,
      min: z.int().min(0).optional(),
      max: z.int().min(0).optional(),
    })
    .refine(needsBound, say('rowCount needs min or max', 'Give one, e.g. { min: 1 }.')),
  z.strictObject({ kind: z.literal('accepted'), ...on, column: z.string(), values: z.array(scalar).min(1) }),
  z
    .strictObject({
      kind: z.literal('between'),
      ...on,
      column: z.string(),
      min: bound.optional(),
      max: bound.optional(),
    })
    .refine(needsBound, say('between needs min or max', 'Give one, e.g. { min: 0 }.')),
  z.strictObject({ kind: z.literal('sqlCheck'), ...on, condition: z.string().min(1) }),
]);

export const definition = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
      say('a name is in kebab-case: lower-case letters and digits, parts joined by -', "Use e.g. 'daily-orders'."),
    )
    .max(32, say('a name has at most 32 characters', 'Shorten it: it becomes part of AWS names.')),
  description: z.string().optional(),
  trigger: z.strictObject({
    kind: z.literal('s3Arrival'),
    patterns: z.array(glob).min(1, say('s3Arrival needs a pattern', "Use e.g. s3Arrival('orders/*.csv').")),
  }),
  sources: z
    .record(name, landedFiles)
    .refine((value) => Object.keys(value).length > 0, say('a pipeline has a source', 'Declare one.')),
  models: z
    .record(name, model)
    .refine(
      (value) => Object.keys(value).length > 0,
      say('a pipeline has a model', "Declare one, e.g. sql.text('SELECT * FROM orders')."),
    ),
  sinks: z.array(sink).min(1, say('a pipeline has a sink', 'Add redshift(), postgres() or lake().')),
  checks: z.array(check).optional(),
  retry: z
    .strictObject({
      attempts: z.int().min(0).max(99).optional(),
      interval: duration.optional(),
      backoffRate: z.number().min(1, say('a backoff rate is at least 1', 'Use e.g. 2.')).optional(),
      maxInterval: duration.optional(),
    })
    .optional(),
  timeout: duration.optional(),
  alerts: z
    .strictObject({
      email: z.array(z.email(say('an address looks like data@example.com', 'Correct it.'))),
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
