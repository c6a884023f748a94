/** Brings staged Parquet parts into DuckDB: only those that manifests name, each checked against its ETag and length. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { OutputColumn } from '../../lib/tasks/common';
import { RowsDoNotReconcile } from '../../lib/tasks/errors';
import { createModel, type Engine, quoteName, quoteText, rowsOf, sqlType } from './duckdb';
import { type Dataset, mapLimited } from './manifest';
import { type PinnedObject, readRanges } from './objects';

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
    const size = await download(s3, { bucket, key, etag }, length, path);
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

/** Returns how many bytes came. */
export async function download(s3: S3Client, object: PinnedObject, length: number, path: string): Promise<number> {
  const file = await open(path, 'wx');
  try {
    let size = 0;
    for await (const chunk of readRanges(s3, object, 0, length, { reuse: true })) {
      await file.appendFile(chunk);
      size += chunk.length;
    }
    return size;
  } finally {
    await file.close();
  }
}

function selectFrom(paths: readonly string[], columns: readonly OutputColumn[]): string {
  const typed = (expression: (name: string) => string) =>
    columns.map(({ name, type }) => `CAST(${expression(name)} AS ${sqlType(type)}) AS ${quoteName(name)}`).join(', ');
  if (paths.length === 0) return `SELECT ${typed(() => 'NULL')} WHERE false`;
  const files = `read_parquet([${paths.map(quoteText).join(', ')}], union_by_name = true, hive_partitioning = false)`;
  return `SELECT ${typed(quoteName)} FROM ${files}`;
}
