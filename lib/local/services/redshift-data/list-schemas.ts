import type { ListSchemasRequest, ListSchemasResponse } from '@aws-sdk/client-redshift-data';
import { type OperationOf, page } from '../stateful';
import { askCatalog, pattern } from './catalog';
import { accessToWorkgroup, type RedshiftData } from './state';

export const ListSchemas: OperationOf<RedshiftData, ListSchemasRequest, ListSchemasResponse> = (current) => ({
  authorize: (input) => accessToWorkgroup(current(), 'ListSchemas', input),

  async handle(input, context) {
    const sql = `SELECT nspname AS name FROM pg_catalog.pg_namespace
      WHERE nspname LIKE $1 AND nspname <> 'redshift_catalog' AND nspname NOT LIKE 'pg\\_t%' ORDER BY 1`;
    const rows = await askCatalog<{ name: string }>(current(), input, context, sql, [pattern(input.SchemaPattern)]);
    const { items, nextToken } = page(rows, input.MaxResults || 1000, input.NextToken);
    return { Schemas: items.map(({ name }) => name), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
