import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

let instance: Promise<DuckDBInstance> | undefined;

/** DuckDB reads the Parquet files. Loaded when the first one comes: its library costs 26 ms and 40 MB. */
export async function duckConnection(): Promise<DuckDBConnection> {
  instance ??= import('@duckdb/node-api').then(({ DuckDBInstance }) =>
    DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '512MB' }),
  );
  const connection = await (await instance).connect();
  await connection.run("SET TimeZone = 'UTC'");
  return connection;
}
