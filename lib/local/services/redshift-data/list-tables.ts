import type { ListTablesRequest, ListTablesResponse } from '@aws-sdk/client-redshift-data';
import { type OperationOf, page } from '../stateful';
import { askCatalog, pattern } from './catalog';
import { accessToWorkgroup, type RedshiftData } from './state';

export const ListTables: OperationOf<RedshiftData, ListTablesRequest, ListTablesResponse> = (current) => ({
  authorize: (input) => accessToWorkgroup(current(), 'ListTables', input),

  async handle(input, context) {
    const sql = `SELECT relname AS name, nspname AS schema,
        CASE WHEN nspname IN ('pg_catalog', 'information_schema') THEN 'SYSTEM ' ELSE '' END || CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS type
      FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE relkind IN ('r', 'v') AND nspname LIKE $1 AND relname LIKE $2 AND nspname <> 'redshift_catalog' AND nspname NOT LIKE 'pg\\_t%'
      ORDER BY nspname, relname`;
    const values = [pattern(input.SchemaPattern), pattern(input.TablePattern)];
    const rows = await askCatalog<{ name: string; schema: string; type: string }>(
      current(),
      input,
      context,
      sql,
      values,
    );
    const { items, nextToken } = page(rows, input.MaxResults || 1000, input.NextToken);
    return { Tables: [...items], ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
