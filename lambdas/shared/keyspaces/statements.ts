/** The statements of one table. Names are quoted: a column may be called as a word of CQL. */
import type { KeyspacesSink } from '../../../lib/tasks/common';
import { CQL_BOOKKEEPING } from '../../../lib/tasks/keyspaces';
import { keysOf } from './unfit';

export interface Statements {
  /** which version is there. Values: the key */
  readonly look: string;
  /** where there is no row. Values: `settable`, the key, or with a TTL: that, `settable`, the key */
  readonly create: string;
  /** where the row is of a version. Values: TTL where there is one, `settable`, the key, the version */
  readonly change: string;
  /** the same of a row that has none, as only its key has outlived it: no version */
  readonly revive: string;
  /** values: the key, the version */
  readonly remove: string;
  /** keys and versions of all rows */
  readonly all: string;
  /** columns that are none of the key, those of Stepwell last */
  readonly settable: readonly string[];
}

const quoted = (name: string): string => `"${name}"`;

export function statementsOf(sink: KeyspacesSink): Statements {
  const table = `${quoted(sink.keyspace)}.${quoted(sink.table)}`;
  const keys = keysOf(sink);
  const settable = [
    ...sink.columns.map(({ name }) => name).filter((name) => !keys.includes(name)),
    ...CQL_BOOKKEEPING.map(({ name }) => name),
  ];
  const where = keys.map((name) => `${quoted(name)} = ?`).join(' AND ');
  const using = sink.ttl === undefined ? '' : ' USING TTL ?';
  const update = `UPDATE ${table}${using} SET ${settable.map((name) => `${quoted(name)} = ?`).join(', ')} WHERE ${where}`;
  const revive = `${update} IF "stepwell_version" = null`;
  const insert =
    `INSERT INTO ${table} (${[...settable, ...keys].map(quoted).join(', ')}) ` +
    `VALUES (${[...settable, ...keys].map(() => '?').join(', ')}) IF NOT EXISTS`;
  return {
    look: `SELECT "stepwell_version" FROM ${table} WHERE ${where}`,
    // What INSERT makes of a row that expires would keep its key for as long as the first version was to live.
    create: sink.ttl === undefined ? insert : revive,
    revive,
    change: `${update} IF "stepwell_version" = ?`,
    remove: `DELETE FROM ${table} WHERE ${where} IF "stepwell_version" = ?`,
    all: `SELECT ${[...keys, 'stepwell_version'].map(quoted).join(', ')} FROM ${table}`,
    settable,
  };
}
