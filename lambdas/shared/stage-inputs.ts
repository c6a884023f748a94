/** Brings staged Parquet parts into DuckDB: only those that manifests name, each checked against its ETag and length. */
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { OutputColumn } from '../../lib/tasks/common';
import { RowsDoNotReconcile } from '../../lib/tasks/errors';
import { createModel, type Engine, quoteName, quoteText, rowsOf, sqlType } from './duckdb';
import { type Dataset, mapLimited } from './manifest';
import { readRanges } from './objects';

const PARALLEL_DOWNLOADS = 4;

/** Makes the dataset a view of its own name, with its columns in their types. Returns the rows that DuckDB sees. */
export async function stageInput(
  s3: S3Client,
  bucket: string,
  engine: Engine,
  connection: DuckDBConnection,
  dataset: Dataset,
): Promise<number> {
  const parts = dataset.parts.filter(({ format }) => format === 'parquet');
  const paths = await mapLimited(parts, PARALLEL_DOWNLOADS, async ({ key, etag, length }, index) => {
    const path = join(engine.folder, `${dataset.name}-input-${index}.parquet`);
    await pipeline(readRanges(s3, { bucket, key, etag }, 0, length), createWriteStream(path));
    const { size } = await stat(path);
    if (size !== length)
      throw new RowsDoNotReconcile(`s3://${bucket}/${key} has ${size} bytes, its manifest says ${length}.`);
    return path;
  });
  await connection.run(createModel('VIEW', dataset.name, selectFrom(paths, dataset.columns)));
  const [count] = await rowsOf(connection, `SELECT count(*) AS rows FROM ${quoteName(dataset.name)}`);
  const rows = Number(count!.rows);
  const expected = parts.reduce((sum, part) => sum + part.rows, 0);
  if (rows !== expected) {
    throw new RowsDoNotReconcile(`The parts of ${dataset.name} have ${rows} rows, their manifests say ${expected}.`);
  }
  return rows;
}

function selectFrom(paths: readonly string[], columns: readonly OutputColumn[]): string {
  const typed = (expression: (name: string) => string) =>
    columns.map(({ name, type }) => `CAST(${expression(name)} AS ${sqlType(type)}) AS ${quoteName(name)}`).join(', ');
  if (paths.length === 0) return `SELECT ${typed(() => 'NULL')} WHERE false`;
  const files = `read_parquet([${paths.map(quoteText).join(', ')}], union_by_name = true, hive_partitioning = false)`;
  return `SELECT ${typed(quoteName)} FROM ${files}`;
}
