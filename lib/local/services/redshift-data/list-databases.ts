import type { ListDatabasesRequest, ListDatabasesResponse } from '@aws-sdk/client-redshift-data';
import { type OperationOf, page } from '../stateful';
import { askCatalog } from './catalog';
import { accessToWorkgroup, type RedshiftData } from './state';

export const ListDatabases: OperationOf<RedshiftData, ListDatabasesRequest, ListDatabasesResponse> = (current) => ({
  authorize: (input) => accessToWorkgroup(current(), 'ListDatabases', input),

  async handle(input, context) {
    const sql =
      "SELECT substr(datname, 10) AS name FROM pg_catalog.pg_database WHERE datname LIKE 'redshift\\_%' ORDER BY 1";
    const rows = await askCatalog<{ name: string }>(current(), input, context, sql, []);
    const { items, nextToken } = page(rows, input.MaxResults || 1000, input.NextToken);
    return { Databases: items.map(({ name }) => name), ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
