/** DuckDB as the tasks use it: bounded, offline, confined to one scratch folder that goes away with the task. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { ColumnType, OutputColumn } from '../../lib/tasks/common';
import { ModelFailed } from '../../lib/tasks/errors';
import type { Interval } from '../../lib/tasks/schedule';

export interface Engine {
  /** the only folder that SQL can read or write */
  readonly folder: string;
  connect(): Promise<DuckDBConnection>;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly threads: number;
  /** default: half of the function's memory, since DuckDB's resident memory is up to twice its own limit */
  readonly memoryMb?: number;
  /** of the run: the SQL's variables `interval_start` and `interval_end` */
  readonly interval?: Interval | undefined;
}

export async function openEngine({ threads, memoryMb = defaultMemoryMb(), interval }: EngineOptions): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'stepwell-'));
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryMb}MB`,
    temp_directory: join(folder, 'spill'),
    // Ordered results would keep whole row groups waiting in memory.
    preserve_insertion_order: 'false',
    // Autoloading would download extensions; all that is needed is linked in.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    // Files are read once; the cache would keep what was read until memory is full.
    enable_external_file_cache: 'false',
  });
  const setup = await instance.connect();
  for (const statement of [
    "SET TimeZone = 'UTC'",
    "SET GLOBAL TimeZone = 'UTC'",
    `SET allowed_directories = [${quoteText(folder)}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ]) {
    await setup.run(statement);
  }
  setup.closeSync();
  return {
    folder,
    connect: async () => {
      const connection = await instance.connect();
      for (const [edge, time] of Object.entries(interval ?? {})) {
        await connection.run(`SET VARIABLE interval_${edge} = CAST(${quoteText(time)} AS TIMESTAMP)`);
      }
      return connection;
    },
    close: async () => {
      instance.closeSync();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function defaultMemoryMb(): number {
  return Math.max(128, Math.floor(Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 1024) / 2));
}

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export function sqlType(type: ColumnType): string {
  switch (type.type) {
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'text':
      return 'VARCHAR';
    default:
      return type.type.toUpperCase();
  }
}

/** In files, JSON is text: DuckDB would mark it as JSON in Parquet, which COPY into Redshift does not know. */
export const storedType = (type: ColumnType): string => (type.type === 'json' ? 'VARCHAR' : sqlType(type));

/** The columns in their stored types, in order. */
export const storedColumns = (columns: readonly OutputColumn[]): string =>
  columns.map(({ name, type }) => `CAST(${quoteName(name)} AS ${storedType(type)}) AS ${quoteName(name)}`).join(', ');

export const PARQUET_OPTIONS = '(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 61440)';
/** As Aurora's import reads it: NULL is an unquoted empty field, an empty text a quoted one. */
export const CSV_OPTIONS = `(FORMAT csv, HEADER false, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '', COMPRESSION gzip)`;

export async function rowsOf(connection: DuckDBConnection, sql: string): Promise<Record<string, unknown>[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS();
}

/** Names and DuckDB types of a relation's columns. */
export async function describeRelation(
  connection: DuckDBConnection,
  relation: string,
): Promise<{ name: string; type: string }[]> {
  const rows = await rowsOf(connection, `DESCRIBE ${quoteName(relation)}`);
  return rows.map((row) => ({ name: String(row.column_name), type: String(row.column_type) }));
}

/** Creates the model as a view or a temporary table, so that its SQL stands on lines of its own. */
export const createModel = (kind: 'VIEW' | 'TABLE', name: string, sql: string): string =>
  `CREATE OR REPLACE TEMP ${kind} ${quoteName(name)} AS\n${sql.trim().replace(/;\s*$/, '')}`;

/** DuckDB's message, the model's name, and the line of its SQL where DuckDB names one. */
export function modelFailed(model: string, sql: string, error: unknown): ModelFailed {
  const message = messageOf(error);
  const [first = message] = message.split('\n\nLINE ');
  // `createModel` puts one line before the SQL.
  const line = Number(/LINE (\d+):/.exec(message)?.[1] ?? 0) - 1;
  const text = sql.split('\n')[line - 1]?.trim();
  const place = text ? ` (line ${line} of its SQL: ${text})` : '';
  return new ModelFailed(`Model ${model} failed: ${first.trim()}${place}.${MODEL_REMEDY}`, { cause: error });
}

/** What is to be done in a run. */
export const MODEL_REMEDY =
  ' Nothing was published. Correct the model and deploy it, then start the run anew (a redrive would use the old SQL).';

/** Native errors come from outside, so `instanceof` does not tell. */
export const messageOf = (error: unknown): string =>
  (error as { message?: string } | undefined)?.message ?? String(error);

/** Runs the model's SQL once more, by itself: an error while its view is written to a file names no line of it. */
export async function locateFailure(
  connection: DuckDBConnection,
  model: string,
  sql: string,
  error: unknown,
): Promise<ModelFailed> {
  try {
    await connection.run(createModel('TABLE', '_failed', sql));
  } catch (located) {
    return modelFailed(model, sql, located);
  }
  await connection.run('DROP TABLE temp._failed');
  return modelFailed(model, '', error);
}
