/** What a table of Amazon Keyspaces cannot be: known only once the columns of its model are. */
import { type Problem, show } from '../pipeline/errors';
import type { KeyspacesSink } from '../pipeline/types';
import type { ColumnType, OutputColumn } from '../tasks/common';
import { CQL_BOOKKEEPING, MOST_COLUMNS, MOST_COLUMNS_WITH_TTL } from '../tasks/keyspaces';
import { named, typeOf } from './check-references';

/** Of a column that it takes, by CloudFormation. */
const NAME = /^[a-z][a-z0-9_]{1,47}$/;
const NO_KEYS: readonly ColumnType['type'][] = ['json', 'double', 'boolean'];
const NO_TIMES: readonly ColumnType['type'][] = ['bigint', 'integer', 'decimal', 'double', 'text', 'boolean', 'json'];

export function keyspacesProblems(
  { model, key, ttl, write }: KeyspacesSink,
  field: string,
  columns: readonly OutputColumn[],
): Problem[] {
  const keys = [...key.partitionKey, ...(key.clusteringKey ?? [])];
  const ttls = ttl === undefined ? [] : [ttl];
  const unfit = (part: string, names: readonly string[], types: readonly ColumnType['type'][], what: string) =>
    names
      .filter((name) => types.includes(typeOf(columns, name)!))
      .map((name) => ({
        field: `${field}.${part}`,
        value: show(name),
        rule: `a ${typeOf(columns, name)} column cannot be ${what}`,
        remedy: 'Use another column, or CAST it in the SQL.',
      }));
  const most = ttl === undefined ? MOST_COLUMNS : MOST_COLUMNS_WITH_TTL;
  const settable = columns.length - keys.length + CQL_BOOKKEEPING.length;
  return [
    ...(write.mode === 'merge' ? [] : named(`${field}.key`, model, keys, columns)),
    ...unfit('key', keys, NO_KEYS, 'a key'),
    ...named(`${field}.ttl`, model, ttls, columns),
    ...unfit('ttl', ttls, NO_TIMES, 'the time when a row expires'),
    ...ttls
      .filter((name) => keys.includes(name))
      .map((name) => ({
        field: `${field}.ttl`,
        value: show(name),
        rule: 'a column of the key has the same value in all versions of a row, so that no version could live longer',
        remedy: 'Name another column.',
      })),
    ...columns.flatMap(({ name }) => nameProblem(name, field)),
    ...(settable > most
      ? [
          {
            field: `${field}.model`,
            value: show(model),
            rule: `it has ${columns.length} columns, and Keyspaces sets ${most} at most at once, with ${CQL_BOOKKEEPING.length} of Stepwell's`,
            remedy: 'Leave some out, or put them into one column as JSON.',
          },
        ]
      : []),
  ];
}

function nameProblem(name: string, field: string): Problem[] {
  const isTaken = CQL_BOOKKEEPING.some((one) => one.name === name);
  if (NAME.test(name) && !isTaken) return [];
  const rule = isTaken
    ? "Stepwell has a column of that name in each of Keyspaces' tables"
    : 'a column of Keyspaces has 2 to 48 lower-case letters, digits and _, and begins with a letter';
  return [{ field: `${field}.model`, value: show(name), rule, remedy: 'Give it another name with AS.' }];
}
