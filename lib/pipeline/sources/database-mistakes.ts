/** What is wrong with a `mysql` or `postgresTable` source beyond its shape. */
import type { RowSource } from '../types';
import { type HttpMistake as Mistake, secretNameMistakes } from './http-mistakes';

/** More of them wait for each other: 40 run at once. */
const MOST_PARTITIONS = 1000;

export function databaseMistakes({ config, cursor }: RowSource): Mistake[] {
  if (config.kind !== 'mysql' && config.kind !== 'postgres') return [];
  const { secret, table, query, partitionBy, partitions } = config;
  const mistakes: Mistake[] = [...secretNameMistakes(secret, ['config', 'secret'])];
  const add = (option: string, rule: string, remedy: string) => {
    mistakes.push({ path: ['config', option], rule, remedy });
  };
  if (table === undefined && query === undefined)
    add('table', 'a table or a query must be here', "Use e.g. table: 'sales'.");
  if (table !== undefined && query !== undefined) add('query', 'it is a table or a query', 'Remove one.');
  if (table !== undefined && !isTable(table)) {
    add('table', "a table is named as 'sales' or 'shop.sales'", 'Correct it; for anything else use query.');
  }
  if (query !== undefined) {
    const code = query.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ').trim();
    if (!/^(select|with)\b/i.test(code))
      add('query', 'a query is one SELECT', "Use e.g. query: 'SELECT id, total FROM sales'.");
    else if (/;\s*\S/.test(code.replace(/'([^'\\]|\\.|'')*'/g, "''"))) {
      add('query', 'a query is one SELECT', 'Remove what follows the semicolon.');
    }
  }
  if (partitionBy === '') add('partitionBy', 'a column has a name', 'Name it, or leave partitionBy out.');
  if (partitionBy === undefined && partitions > 1) {
    add('partitions', 'there is nothing to cut into ranges by', "Name a column, e.g. partitionBy: 'id'.");
  }
  if (!(partitions >= 1 && partitions <= MOST_PARTITIONS)) {
    add('partitions', `partitions are 1 to ${MOST_PARTITIONS}`, 'Use e.g. 8.');
  }
  if (cursor !== undefined && cursor.column === '') {
    mistakes.push({ path: ['cursor'], rule: 'a column has a name', remedy: "Use e.g. cursor: 'updated_at'." });
  }
  return mistakes;
}

function isTable(table: string): boolean {
  const parts = table.split('.');
  return parts.length <= 2 && parts.every((part) => part.length > 0 && part.length <= 64 && !/[\0`"]/.test(part));
}
