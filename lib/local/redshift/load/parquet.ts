import { createReadStream, statSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Client } from 'pg';
import { detailed, RedshiftError } from '../errors';
import { copyIn } from './copy-in';
import type { SourceObject } from './objects';
import type { Target, TargetColumn } from './target';

/** Redshift reads Parquet by its own scanner, which is strict: as many columns as the table, of exactly its types. */

const SPECTRUM_CODE = 15007;

interface ParquetColumn {
  readonly name: string;
  /** DuckDB's */
  readonly type: string;
}

/** DuckDB types that each column type takes. */
const READABLE: readonly { readonly target: RegExp; readonly source: RegExp }[] = [
  { target: /^smallint$/, source: /^(TINYINT|SMALLINT)$/ },
  { target: /^integer$/, source: /^(TINYINT|SMALLINT|INTEGER)$/ },
  { target: /^bigint$/, source: /^BIGINT$/ },
  { target: /^real$/, source: /^FLOAT$/ },
  { target: /^double precision$/, source: /^DOUBLE$/ },
  { target: /^boolean$/, source: /^BOOLEAN$/ },
  { target: /^date$/, source: /^DATE$/ },
  { target: /^timestamp with/, source: /^TIMESTAMP(_MS| WITH TIME ZONE)?$/ },
  { target: /^character/, source: /^(VARCHAR|JSON|ENUM\(.*)$/ },
];

export async function copyParquet(
  client: Client,
  duck: DuckDBConnection,
  target: Target,
  source: SourceObject,
  file: string,
  serializeToJson: boolean,
): Promise<number> {
  const url = `https://s3.us-east-1.amazonaws.com/${source.bucket}/${source.key}`;
  const bytes = statSync(file).size;
  if (source.length !== undefined && source.length !== bytes) {
    throw spectrumError(
      `The content_length in the manifest does not match the length of the file. Manifest: ${source.length}, File: ${bytes}, File name: ${url}`,
    );
  }
  const from = `read_parquet(${text(file)})`;
  const columns = await describe(duck, from, url);
  if (columns.length !== target.columns.length) {
    throw spectrumError(
      `Unmatched number of columns between table and file. Table columns: ${target.columns.length}, Data columns: ${columns.length}, File name: ${url}`,
    );
  }
  const values = columns.map((column, index) =>
    conversion(column, target.columns[index]!, source, url, serializeToJson),
  );
  await checkValues(duck, from, columns, target, url);

  const csv = `${file}.csv`;
  await duck.run(
    `COPY (SELECT ${values.join(', ')} FROM ${from}) TO ${text(csv)} (FORMAT csv, HEADER false, NULLSTR '\\N', FORCE_QUOTE *)`,
  );
  return copyIn(
    client,
    `COPY ${target.table} (${target.columnList}) FROM STDIN WITH (FORMAT csv, NULL '\\N')`,
    createReadStream(csv, { highWaterMark: 1 << 18 }),
  );
}

async function describe(duck: DuckDBConnection, from: string, url: string): Promise<ParquetColumn[]> {
  try {
    const reader = await duck.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`);
    return reader
      .getRowObjects()
      .map(({ column_name, column_type }) => ({ name: String(column_name), type: String(column_type) }));
  } catch (error) {
    throw spectrumError(`File '${url}' is not a Parquet file: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** The SQL that writes a column as PostgreSQL reads it; refuses a type that Redshift would refuse. */
function conversion(
  { name, type }: ParquetColumn,
  column: TargetColumn,
  source: SourceObject,
  url: string,
  serializeToJson: boolean,
): string {
  const value = `"${name.replaceAll('"', '""')}"`;
  const decimal = /^numeric\((\d+),(\d+)\)$/.exec(column.type);
  if (decimal && type === `DECIMAL(${decimal[1]},${decimal[2]})`) return value;
  if (column.type === 'jsonb' && serializeToJson) return `to_json(${value})`;
  if (READABLE.some((pair) => pair.target.test(column.type) && pair.source.test(type))) {
    return type === 'TIMESTAMP WITH TIME ZONE' ? `(${value} AT TIME ZONE 'UTC')` : value;
  }
  throw spectrumError(
    `File '${url}' has an incompatible Parquet schema for column 's3://${source.bucket}/${source.key}.${column.name}'. Column type: ${redshiftType(column.type)}, Parquet schema:\noptional ${type.toLowerCase()} ${name}`,
  );
}

const redshiftType = (type: string) =>
  type
    .replace(/^numeric/, 'DECIMAL')
    .replace(/^character varying/, 'VARCHAR')
    .replace('jsonb', 'SUPER')
    .replace(/ without time zone/, '')
    .toUpperCase();

/** Lengths in bytes and missing values, all in one scan: COPY's own input would count characters. */
async function checkValues(
  duck: DuckDBConnection,
  from: string,
  columns: readonly ParquetColumn[],
  target: Target,
  url: string,
): Promise<void> {
  const checks: { sql: string; fail: (found: number) => Error | undefined }[] = [];
  columns.forEach(({ name }, index) => {
    const column = target.columns[index]!;
    const value = `"${name.replaceAll('"', '""')}"`;
    if (column.notNull) {
      checks.push({
        sql: `count(*) FILTER (${value} IS NULL)`,
        fail: (found) =>
          found > 0
            ? new RedshiftError(`Cannot insert a NULL value into column ${column.name}. File name: ${url}`)
            : undefined,
      });
    }
    if (column.size !== undefined) {
      checks.push({
        sql: `max(strlen(${value}))`,
        fail: (found) =>
          found > column.size!
            ? spectrumError(
                `The length of the data column ${column.name} is longer than the length defined in the table. Table: ${column.size}, Data: ${found}, File name: ${url}`,
              )
            : undefined,
      });
    }
  });
  if (checks.length === 0) return;
  const reader = await duck.runAndReadAll(`SELECT ${checks.map(({ sql }) => sql).join(', ')} FROM ${from}`);
  const found = reader.getRows()[0]!;
  checks.forEach(({ fail }, index) => {
    const error = fail(Number(found[index] ?? 0));
    if (error) throw error;
  });
}

const spectrumError = (context: string) => detailed('Spectrum Scan Error', { code: SPECTRUM_CODE, context });

const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
