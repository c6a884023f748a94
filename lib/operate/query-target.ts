/** Where a statement goes, and as whose user, where nobody says: to the tables that it names. */
import type { Pipeline } from '../pipeline/types';
import type { DatabaseName } from './database-query';

export interface QueryTarget {
  readonly database: DatabaseName;
  readonly pipeline: string;
}

type Sinks = Pick<Pipeline, 'name' | 'sinks'>;

/** Of several the first; of a table that is in both databases Redshift's. Undefined: no pipeline has a table in that database. */
export function queryTarget(
  sql: string,
  pipelines: readonly Sinks[],
  given: { readonly database?: DatabaseName | undefined; readonly pipeline?: string | undefined },
): QueryTarget | undefined {
  const all = pipelines
    .filter(({ name }) => given.pipeline === undefined || name === given.pipeline)
    .flatMap(({ name, sinks }) =>
      sinks.flatMap((sink) => {
        if (sink.kind !== 'redshift' && sink.kind !== 'postgres') return [];
        const { table } = sink;
        const database: DatabaseName = sink.kind === 'postgres' ? 'aurora' : 'redshift';
        return given.database === undefined || database === given.database ? [{ pipeline: name, database, table }] : [];
      }),
    )
    .sort((a, b) => Number(a.database === 'aurora') - Number(b.database === 'aurora'));
  const target = all.find(({ table }) => names(sql, table)) ?? all[0];
  return target && { database: target.database, pipeline: target.pipeline };
}

/** `schema.table`, maybe in double quotes. */
function names(sql: string, table: string): boolean {
  const [schema, name] = table.split('.');
  return new RegExp(`(?<![\\w"])"?${schema}"?\\s*\\.\\s*"?${name}"?(?!\\w)`, 'i').test(sql);
}
