/** The SQL that brings staged states into a table with history in Redshift. */
import { HISTORY_COLUMNS, type OutputColumn, type WriteMode } from '../../lib/tasks/common';
import { fromRedshiftStaging } from '../shared/redshift-columns';
import { identifier, identifiers, literal } from '../shared/sql';

export interface Scd2 {
  readonly write: Extract<WriteMode, { mode: 'scd2' }>;
  /** quoted, with their schemas */
  readonly target: string;
  readonly staging: string;
  readonly history: string;
  /** quoted: the table's own name where it is deleted from */
  readonly targetName: string;
  readonly historyName: string;
  /** the name of a temporary table, unquoted */
  readonly temporary: (suffix: string) => string;
  /** what is staged, and what the history has */
  readonly columns: readonly OutputColumn[];
  readonly known: readonly OutputColumn[];
  /** which of several states of a key for one time is the load's: an ORDER BY list */
  readonly precedence: string;
  /** an SQL literal: when a state without a time of its own came to be */
  readonly arrivedAt: string;
  /** SQL expressions */
  readonly loadId: string;
  readonly arrival: string;
  /** whatever has arrived: these states are of the newest data */
  readonly isNewest: boolean;
  /** the load's rows in an earlier generation; undefined: there is none */
  readonly earlier: string | undefined;
}

/**
 * Adds the states to the history, one for each key and time, of which the later arrival stays; then writes the versions of each key
 * that this changes anew. A version is a run of states whose tracked columns are the same; it has the values of the latest of them.
 * Where the load is published already the staging table is empty, and so no key is touched.
 */
export function scd2(given: Scd2): string[] {
  const { write, target, staging, history, columns, loadId, arrival, earlier } = given;
  const states = identifier(given.temporary('w'));
  const touched = identifier(given.temporary('k'));
  const keys = identifiers(write.keys);
  const names = identifiers(columns.map(({ name }) => name));
  const keysMatch = (one: string, other: string) =>
    write.keys.map((key) => `${one}.${identifier(key)} = ${other}.${identifier(key)}`).join(' AND ');
  const sameState = `${keysMatch(given.historyName, 's')} AND ${given.historyName}."valid_from" = s."valid_from"`;
  const since = write.newestBy === undefined ? given.arrivedAt : identifier(write.newestBy);
  const partition = [keys, ...(write.newestBy === undefined ? [] : [since])].join(', ');
  return [
    `CREATE TEMP TABLE ${states} AS SELECT ${names}, CAST(${since} AS TIMESTAMP) AS "valid_from" FROM (SELECT ${names}, ` +
      `ROW_NUMBER() OVER (PARTITION BY ${partition} ORDER BY ${given.precedence}) AS _rank FROM ${staging}) ranked WHERE _rank = 1`,
    `CREATE TEMP TABLE ${touched} AS SELECT DISTINCT ${keys} FROM ${history} WHERE ${earlier ?? '1 = 0'}`,
    ...(earlier === undefined ? [] : [`DELETE FROM ${history} WHERE ${earlier}`]),
    ...(given.isNewest
      ? []
      : [
          `DELETE FROM ${states} USING ${history} h WHERE ${keysMatch(states, 'h')} AND ${states}."valid_from" = h."valid_from" AND h."_arrival" > ${arrival}`,
        ]),
    `DELETE FROM ${history} USING ${states} s WHERE ${sameState}`,
    `INSERT INTO ${history} (${names}, "valid_from", "_load_id", "_loaded_at", "_arrival") ` +
      `SELECT ${names}, "valid_from", ${loadId}, GETDATE(), ${arrival} FROM ${states}`,
    newlyTouched(given, states, touched, keysMatch('t', 's')),
    `DELETE FROM ${target} USING ${touched} k WHERE ${keysMatch(given.targetName, 'k')}`,
    ...versions(given, touched),
    `DROP TABLE ${states}`,
    `DROP TABLE ${touched}`,
  ];
}

/** A row that only says again what the current version says changes none. Documents cannot be compared with what was staged. */
function newlyTouched({ write, target, columns, known }: Scd2, states: string, touched: string, match: string): string {
  const keys = identifiers(write.keys, 's');
  const into = `INSERT INTO ${touched} SELECT DISTINCT ${keys} FROM ${states} s`;
  if (known.some(({ type }) => type.type === 'json')) return into;
  const same = known
    .filter(({ name }) => !write.keys.includes(name))
    .map(({ name }) => {
      const theirs = `t.${identifier(name)}`;
      const staged = columns.some((column) => column.name === name);
      return ` AND ${staged ? equal(theirs, `s.${identifier(name)}`) : `${theirs} IS NULL`}`;
    });
  return (
    `${into} LEFT JOIN ${target} t ON ${match} AND t."is_current" AND t."valid_from" <= s."valid_from"${same.join('')} ` +
    'WHERE t."valid_from" IS NULL'
  );
}

/**
 * Each state beside the one before it, runs of the same numbered, and of each run the last. In steps, as one statement has at most
 * 100 KB, and a table can have many columns.
 */
function versions({ write, target, history, known, temporary }: Scd2, touched: string): string[] {
  const numbered = identifier(temporary('n'));
  const runs = identifier(temporary('r'));
  const keys = identifiers(write.keys);
  const match = (one: string, other: string) =>
    write.keys.map((key) => `${one}.${identifier(key)} = ${other}.${identifier(key)}`).join(' AND ');
  const names = known.map(({ name }) => name);
  const tracked = write.track ?? names.filter((name) => !write.keys.includes(name) && name !== write.newestBy);
  const bookkeeping = ['_load_id', '_loaded_at', '_arrival'];
  const same = tracked.map((name) => ` AND ${equal(`n.${identifier(name)}`, `p.${identifier(name)}`)}`).join('');
  const into = identifiers([...names, ...HISTORY_COLUMNS.map(({ name }) => name), ...bookkeeping]);
  const values = [
    ...known.map((column) => fromRedshiftStaging(column, 'n')),
    'v._since, v._next, CASE WHEN v._next IS NULL THEN TRUE ELSE FALSE END',
    ...bookkeeping.map((name) => `n.${identifier(name)}`),
  ];
  return [
    `CREATE TEMP TABLE ${numbered} AS SELECT ${identifiers([...names, 'valid_from', ...bookkeeping], 'h')}, ` +
      `ROW_NUMBER() OVER (PARTITION BY ${identifiers(write.keys, 'h')} ORDER BY h."valid_from") AS _state ` +
      `FROM ${history} h JOIN (SELECT DISTINCT ${keys} FROM ${touched}) k ON ${match('h', 'k')}`,
    `CREATE TEMP TABLE ${runs} AS SELECT ${identifiers([...write.keys, 'valid_from'], 'n')}, n._state, ` +
      `SUM(CASE WHEN p._state IS NOT NULL${same} THEN 0 ELSE 1 END) ` +
      `OVER (PARTITION BY ${identifiers(write.keys, 'n')} ORDER BY n._state ROWS UNBOUNDED PRECEDING) AS _version ` +
      `FROM ${numbered} n LEFT JOIN ${numbered} p ON ${match('n', 'p')} AND p._state = n._state - 1`,
    `INSERT INTO ${target} (${into}) SELECT ${values.join(', ')} FROM ${numbered} n JOIN (` +
      `SELECT ${keys}, _last, _since, LEAD(_since) OVER (PARTITION BY ${keys} ORDER BY _since) AS _next FROM (` +
      `SELECT ${keys}, MAX(_state) AS _last, MIN("valid_from") AS _since FROM ${runs} GROUP BY ${keys}, _version) g) v ` +
      `ON ${match('n', 'v')} AND n._state = v._last`,
    `DROP TABLE ${numbered}`,
    `DROP TABLE ${runs}`,
  ];
}

const equal = (one: string, other: string): string => `(${one} = ${other} OR (${one} IS NULL AND ${other} IS NULL))`;

export const timestampLiteral = (text: string): string => `CAST(${literal(text)} AS TIMESTAMP)`;
