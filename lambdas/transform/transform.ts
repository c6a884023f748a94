/** A model over whole inputs: joins and aggregates in DuckDB, which spills to disk what does not fit into memory. */

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Manifest, OutputColumn, Part } from '../../lib/tasks/common';
import type { TransformInput, TransformOutput } from '../../lib/tasks/transform';
import {
  CSV_OPTIONS,
  createModel,
  describeRelation,
  type Engine,
  locateFailure,
  modelFailed,
  openEngine,
  PARQUET_OPTIONS,
  quoteName,
  quoteText,
  storedColumns,
} from '../shared/duckdb';
import { datasetOf, partKey, readManifests, writeManifest } from '../shared/manifest';
import { putFile } from '../shared/objects';
import { stageInput } from '../shared/stage-inputs';

export interface TransformEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  readonly attempt: string;
  /** MB for DuckDB; default: half of the function's */
  readonly memoryMb?: number;
}

/** A model over its whole input is one partition. */
const WHOLE = 'all';

export async function transform(input: TransformInput, environment: TransformEnvironment): Promise<TransformOutput> {
  const { run, model, manifests, batch: partition = WHOLE } = input;
  const { s3, workBucket, attempt, memoryMb } = environment;
  const documents = await readManifests(s3, workBucket, manifests);
  const engine = await openEngine({
    threads: availableParallelism(),
    interval: run.interval,
    ...(memoryMb === undefined ? {} : { memoryMb }),
  });
  try {
    const connection = await engine.connect();
    const evolved: string[] = [];
    for (const { name, columns } of model.inputs) {
      const dataset = datasetOf(documents, name, columns);
      evolved.push(...dataset.columns.slice(columns.length).map((column) => column.name));
      await stageInput(s3, workBucket, engine, connection, dataset);
    }
    const columns = await define(connection, model, evolved);
    const { rows, paths } = await write(connection, engine, model, columns);
    const parts: Part[] = [];
    for (const { format, path } of paths) {
      const extension = format === 'csv' ? 'csv.gz' : format;
      const key = partKey(run, model.name, partition, attempt, 0, extension);
      const stored = await putFile(s3, workBucket, key, path, format === 'csv' ? { contentEncoding: 'gzip' } : {});
      parts.push({ ...stored, rows, format });
    }
    connection.closeSync();
    const document: Manifest = {
      step: model.name,
      partition,
      datasets: { [model.name]: { rows, columns, parts } },
    };
    const manifest = await writeManifest(s3, workBucket, run, attempt, document);
    return { manifest, rows, bytes: parts.reduce((sum, { length }) => sum + length, 0), rejected: 0 };
  } finally {
    await engine.close();
  }
}

/** Returns the declared columns, and columns new in the inputs that the model passes on (`select *`). */
async function define(
  connection: DuckDBConnection,
  { name, sql, columns }: TransformInput['model'],
  evolved: readonly string[],
): Promise<OutputColumn[]> {
  try {
    await connection.run(createModel('VIEW', name, sql));
  } catch (error) {
    throw modelFailed(name, sql, error);
  }
  const given = await describeRelation(connection, name);
  const absent = columns
    .filter((column) => !given.some((one) => one.name === column.name))
    .map((column) => column.name);
  if (absent.length > 0) throw modelFailed(name, sql, `it has no column ${absent.join(', ')}`);
  const declared = new Set(columns.map((column) => column.name));
  const passed = given.filter((one) => evolved.includes(one.name) && !declared.has(one.name));
  return [...columns, ...passed.map((one) => ({ name: one.name, type: { type: 'text' as const }, nullable: true }))];
}

/** The model runs once; its CSV is made of its Parquet. */
async function write(
  connection: DuckDBConnection,
  engine: Engine,
  { name, sql, formats }: TransformInput['model'],
  columns: readonly OutputColumn[],
) {
  const parquet = join(engine.folder, 'result.parquet');
  const csv = join(engine.folder, 'result.csv.gz');
  let rows: number;
  try {
    const copy = `COPY (SELECT ${storedColumns(columns)} FROM ${quoteName(name)}) TO ${quoteText(parquet)} ${PARQUET_OPTIONS}`;
    rows = Number((await connection.run(copy)).rowsChanged);
  } catch (error) {
    throw await locateFailure(connection, name, sql, error);
  }
  if (rows === 0) return { rows, paths: [] };
  if (formats.includes('csv')) {
    await connection.run(`COPY (FROM read_parquet(${quoteText(parquet)})) TO ${quoteText(csv)} ${CSV_OPTIONS}`);
  }
  return { rows, paths: formats.map((format) => ({ format, path: format === 'csv' ? csv : parquet })) };
}
