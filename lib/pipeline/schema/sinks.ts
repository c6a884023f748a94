/** Sinks and their write modes. */
import * as z from 'zod';
import { isReservedSchema } from '../words';
import { COLUMN_NAME, distinctOf, notReserved, say, TABLE } from './common';
import { keyspaces } from './keyspaces';
import { kinesis } from './stream';
import { column, modelName, writeMode } from './write-mode';

/** As near to what was written as a table's name can be. */
function asTable(written: string): string {
  const parts = written
    .toLowerCase()
    .replace(/[^a-z0-9_.]+/g, '_')
    .split('.')
    .map((part) => part.replace(/^[_0-9]+|_+$/g, ''))
    .filter((part) => part !== '');
  const name = [...(parts.length === 1 ? ['shop'] : []), ...parts].slice(-2).join('.');
  return TABLE.test(name) ? name : 'shop.orders';
}

const columns = (what: string, example: string) =>
  distinctOf(say(`${what} is a list of columns`, `Use e.g. ${example}.`));

const table = z
  .string(say('a sink writes a table', "Name it, e.g. table: 'shop.orders'."))
  .regex(TABLE, {
    error: ({ input }) =>
      say(
        'a table is schema.table in lower-case letters, digits and _, at most 63 each',
        `Use e.g. '${asTable(String(input))}'.`,
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
  .string(say('a sink writes a table', "Name it, e.g. table: 'orders'."))
  .regex(COLUMN_NAME, {
    message: say(
      'a lake table has lower-case letters, digits and _, at most 63, and no schema',
      "Use e.g. 'order_lines'.",
    ),
    abort: true,
  })
  .refine(notReserved, say('a word of SQL is no name', "Rename it, e.g. 'orders'."));

/** As DynamoDB has it. */
const dynamoName = z
  .string()
  .regex(
    /^[A-Za-z0-9_.-]{3,255}$/,
    say("DynamoDB's tables have 3 to 255 letters, digits, _, - and .", "Use e.g. 'profiles'."),
  );
const dynamoWrite = writeMode
  .refine((mode) => mode.mode !== 'append', {
    message: say(
      'a DynamoDB table has one item for a key, so that rows cannot just be added',
      'Use merge(key): an item that is there is updated.',
    ),
  })
  .refine((mode) => mode.mode !== 'scd2', {
    message: say(
      'a DynamoDB table has one item for a key, so that it keeps no history',
      'Use merge(key) with a time as the sort key, or scd2 into redshift or postgres.',
    ),
  })
  .refine((mode) => mode.mode !== 'replace' || mode.interval === undefined, {
    path: ['interval'],
    message: say(
      'DynamoDB would have to read the whole table for the items of an interval',
      'Use merge(key) or replace(), or replace({ interval }) into redshift, postgres or lake.',
    ),
  });
const dynamoKey = z
  .strictObject(
    {
      partitionKey: column('partitionKey', "key: { partitionKey: 'shop', sortKey: 'day' }"),
      sortKey: column('sortKey', "key: { partitionKey: 'shop', sortKey: 'day' }").optional(),
    },
    say('the key of a DynamoDB table is one column or two', "Use e.g. key: ['user_id', 'day']."),
  )
  .refine(({ partitionKey, sortKey }) => partitionKey !== sortKey, {
    path: ['sortKey'],
    message: say('it is the partition key already', 'Name another column, or leave it out.'),
  });
const dynamoTable = z
  .strictObject({
    kind: z.literal('dynamoTable'),
    model: modelName,
    write: dynamoWrite,
    table: dynamoName,
    key: dynamoKey,
    ttl: column('ttl', "ttl: 'expires_at'").optional(),
    live: z.boolean(say('live is true or false', 'Use live: true to write records as they come.')).optional(),
  })
  .superRefine(({ write, key }, context) => {
    if (write.mode !== 'merge') return;
    const columns = [key.partitionKey, ...(key.sortKey === undefined ? [] : [key.sortKey])];
    if (columns.length === write.keys.length && columns.every((one) => write.keys.includes(one))) return;
    context.addIssue({
      code: 'custom',
      path: ['key'],
      input: columns,
      message: say(
        `merge updates by ${write.keys.join(', ')}, and DynamoDB has one item for a key`,
        'Name the same columns in both, or leave key out.',
      ),
    });
  });

export const sink = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({
      kind: z.literal('redshift'),
      model: modelName,
      write: writeMode,
      table,
      distKey: column('distKey', "distKey: 'order_id'").optional(),
      sortKey: columns('sortKey', "sortKey: ['ordered_on']")
        .max(400, say('a sort key has at most 400 columns', 'Shorten it.'))
        .optional(),
    }),
    z.strictObject({ kind: z.literal('postgres'), model: modelName, write: writeMode, table }),
    z.strictObject({
      kind: z.literal('lake'),
      model: modelName,
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
      partitionBy: columns(
        'partitionBy',
        "partitionBy: ['ordered_on'], or partitionBy: [] for a table that is one partition",
      ),
    }),
    dynamoTable,
    keyspaces,
    kinesis,
  ],
  say('a sink is made by redshift(), postgres(), lake(), dynamoTable(), keyspaces() or kinesis()', 'Call one of them.'),
);
