/** What is wrong with a `mysql` or `postgresTable` source beyond its shape. */
import type { ColumnType } from '../../tasks/common';
import { Column } from '../columns';
import type { RowSource } from '../types';
import { type HttpMistake as Mistake, secretNameMistakes } from './http-mistakes';

/** More of them wait for each other: 40 run at once. */
const MOST_PARTITIONS = 1000;

export function databaseMistakes({ config, cursor, columns, tolerate = 0 }: RowSource): Mistake[] {
  if (config.kind !== 'mysql' && config.kind !== 'postgres') return [];
  const { secret, table, query, partitionBy, partitions } = config;
  const mistakes: Mistake[] = [...secretNameMistakes(secret, ['config', 'secret'])];
  const add = (option: string, rule: string, remedy: string) => {
    mistakes.push({ path: ['config', option], rule, remedy });
  };
  if (table === undefined && query === undefined)
    add('table', 'a table or a query must be here', "Use e.g. table: 'sales'.");
  if (table !== undefined && query !== undefined) add('query', 'it is a table or a query', 'Remove one.');
  if (table !== undefined && /^\s*(select|with)\s/i.test(table)) {
    add('table', 'that is a query', "Write query: 'SELECT …'.");
  } else if (table !== undefined && !isTable(table)) {
    add('table', "a table is named as 'sales' or 'shop.sales'", 'Correct it; for anything else use query.');
  }
  if (query !== undefined) {
    const code = query.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ').trim();
    const [token] = /\{\{\s*[A-Za-z_][\w.:() -]*\}\}|\{(interval|cursor|partition)\.[^}]*\}/.exec(code) ?? [];
    if (!/^(select|with)\b/i.test(code))
      add('query', 'a query is one SELECT', "Use e.g. query: 'SELECT id, total FROM sales'.");
    else if (token !== undefined) {
      const rule = `a query is sent as it is, so ${token} stands for nothing`;
      add('query', rule, "Name the column in cursor, which reads the run's interval only: cursor: 'updated_at'.");
    } else if (/;\s*\S/.test(code.replace(/'([^'\\]|\\.|'')*'/g, "''"))) {
      add('query', 'a query is one SELECT', 'Remove what follows the semicolon.');
    }
  }
  if (partitionBy === '') add('partitionBy', 'a column has a name', 'Name it, or leave partitionBy out.');
  if (partitionBy === undefined && partitions > 1) {
    add('partitions', 'there is nothing to cut into ranges by', "Name a column, e.g. partitionBy: 'id'.");
  }
  if (tolerate > 0 && partitionBy === undefined) {
    const rule = 'it is read as a whole, so that there is no part which may fail alone';
    mistakes.push({
      path: ['tolerate'],
      rule,
      remedy: "Add e.g. partitionBy: 'id', partitions: 8, or leave tolerate out.",
    });
  }
  if (!(partitions >= 1 && partitions <= MOST_PARTITIONS)) {
    add('partitions', `partitions are 1 to ${MOST_PARTITIONS}`, 'Use e.g. 8.');
  }
  if (cursor !== undefined && cursor.column === '') {
    mistakes.push({ path: ['cursor'], rule: 'a column has a name', remedy: "Use e.g. cursor: 'updated_at'." });
  }
  const partitioned = partitionBy === undefined ? undefined : columnOf(columns, partitionBy);
  if (partitioned && NO_RANGES.includes(partitioned.type.type) && !isWhole(partitioned)) {
    const rule = `the contract has ${typeName(partitioned.type)} there, and ranges are cut exactly: by whole numbers, dates or times`;
    add(
      'partitionBy',
      rule,
      "Name another column, best the primary key, e.g. partitionBy: 'id', or leave partitionBy out.",
    );
  }
  const timed = cursor === undefined ? undefined : columnOf(columns, cursor.column);
  if (timed && NO_TIMES.includes(timed.type.type)) {
    const rule = `the contract has ${typeName(timed.type)} there, and a run reads the rows of its interval: by a date or a timestamp`;
    const remedy =
      "Name a column of times, e.g. cursor: 'updated_at'; or read a query that makes one, e.g. SELECT *, to_timestamp(changed) AS changed_at.";
    mistakes.push({ path: ['cursor'], rule, remedy });
  }
  return mistakes;
}

type Type = ColumnType['type'];
/** A text may be a date in the database: its type there decides, when it is read. */
const NO_RANGES: readonly Type[] = ['decimal', 'double', 'json', 'boolean'];
const NO_TIMES: readonly Type[] = [...NO_RANGES, 'bigint', 'integer'];

/** An unsigned number of 64 bits, which no bigint holds. */
const isWhole = ({ type }: Column): boolean => type.type === 'decimal' && type.scale === 0;

/** By the contract's name or the table's. */
const columnOf = (columns: RowSource['columns'], name: string): Column | undefined =>
  Object.entries(columns ?? {})
    .filter((entry): entry is [string, Column] => entry[1] instanceof Column)
    .find(([own, { header }]) => (header ?? own) === name || own === name)?.[1];

const typeName = (type: ColumnType): string =>
  type.type === 'decimal' ? `decimal(${type.precision}, ${type.scale})` : `${type.type}()`;

function isTable(table: string): boolean {
  const parts = table.split('.');
  return parts.length <= 2 && parts.every((part) => part.length > 0 && part.length <= 64 && !/[\0`"]/.test(part));
}
