/** An empty in-memory DuckDB: the compiler asks it what a model's SQL means instead of parsing SQL itself. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

export type Row = Record<string, unknown>;

export interface Catalog {
  query(sql: string): Promise<Row[]>;
  close(): void;
}

export async function openCatalog(): Promise<Catalog> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    enable_external_access: 'false',
    threads: '1',
  });
  const connection: DuckDBConnection = await instance.connect();
  // Plans show what was written, and not that its inputs are empty; errors say where.
  await connection.run('PRAGMA disable_optimizer');
  await connection.run('SET errors_as_json = true');
  // Of any run's interval: what counts is their type.
  for (const edge of ['start', 'end']) await connection.run(`SET VARIABLE interval_${edge} = TIMESTAMP '2026-01-01'`);
  return {
    query: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS() as Row[],
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
