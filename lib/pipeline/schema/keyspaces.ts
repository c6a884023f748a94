/** A table of Amazon Keyspaces. Its names are those of CloudFormation's resource, which begin with a letter and have at most 48 characters. */
import * as z from 'zod';
import { distinctOf, say } from './common';
import { column, modelName, writeMode } from './write-mode';

const table = z
  .string(say('a sink writes a table', "Name it, e.g. table: 'shop.orders'."))
  .regex(
    /^[a-z][a-z0-9_]{1,47}\.[a-z][a-z0-9_]{1,47}$/,
    say('a table is keyspace.table, each of 2 to 48 lower-case letters, digits and _', "Use e.g. 'shop.orders'."),
  )
  .refine((value) => !value.startsWith('system'), {
    message: say(
      'keyspaces that begin with system are those of Cassandra itself',
      "Use one of your own, e.g. 'shop.orders'.",
    ),
  });

const write = writeMode
  .refine((mode) => mode.mode !== 'append', {
    message: say(
      'a table of Cassandra has one row for a key, so that rows cannot just be added',
      'Use merge(key): a row that is there is updated.',
    ),
  })
  .refine((mode) => mode.mode !== 'scd2', {
    message: say(
      'a table of Cassandra has one row for a key, so that it keeps no history',
      'Use merge(key) with a time in the clustering key, or scd2 into redshift or postgres.',
    ),
  })
  .refine((mode) => mode.mode !== 'replace' || mode.interval === undefined, {
    path: ['interval'],
    message: say(
      'Cassandra would have to read the whole table for the rows of an interval',
      'Use merge(key) or replace(), or replace({ interval }) into redshift, postgres or lake.',
    ),
  });

const EXAMPLE = "key: { partitionKey: ['site', 'day'], clusteringKey: ['at'] }";
const partitionKey = distinctOf(say('a partition key is a list of columns', `Use e.g. ${EXAMPLE}.`)).min(
  1,
  say('a partition key has a column', `Use e.g. ${EXAMPLE}.`),
);
const clusteringKey = distinctOf(say('a clustering key is a list of columns', `Use e.g. ${EXAMPLE}.`));
const key = z
  .strictObject(
    { partitionKey, clusteringKey: clusteringKey.optional() },
    say('the key of a table of Cassandra is a partition key, and maybe a clustering key', `Use e.g. ${EXAMPLE}.`),
  )
  .superRefine(({ partitionKey, clusteringKey = [] }, context) => {
    const twice = clusteringKey.find((name) => partitionKey.includes(name));
    if (twice === undefined) return;
    context.addIssue({
      code: 'custom',
      path: ['clusteringKey'],
      input: clusteringKey,
      message: say(`${twice} is in the partition key already`, 'Name other columns, or leave it out.'),
    });
  });

export const keyspaces = z
  .strictObject({
    kind: z.literal('keyspaces'),
    model: modelName,
    write,
    table,
    key,
    ttl: column('ttl', "ttl: 'expires_at'").optional(),
    live: z.boolean(say('live is true or false', 'Use live: true to write records as they come.')).optional(),
  })
  .superRefine(({ write, key }, context) => {
    if (write.mode !== 'merge') return;
    const columns = [...key.partitionKey, ...(key.clusteringKey ?? [])];
    if (columns.length === write.keys.length && columns.every((one) => write.keys.includes(one))) return;
    context.addIssue({
      code: 'custom',
      path: ['key'],
      input: columns,
      message: say(
        `merge updates by ${write.keys.join(', ')}, and Cassandra has one row for a key`,
        'Name the same columns in both, or leave key out.',
      ),
    });
  });
