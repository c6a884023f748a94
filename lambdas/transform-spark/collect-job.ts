/** From what a job says it has written to the manifest that following steps read: only what the job names counts, and only as it says. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod/mini';
import type { Manifest, Part } from '../../lib/tasks/common';
import { ModelFailed, RowsDoNotReconcile } from '../../lib/tasks/errors';
import {
  type CollectJobInput,
  type CollectJobOutput,
  type JobResult,
  jobResult,
  RESULT_FILE,
} from '../../lib/tasks/transform-spark';
import { CSV_OPTIONS, type Engine, MODEL_REMEDY, openEngine, quoteText, storedColumns } from '../shared/duckdb';
import { mapLimited, partKey, writeManifest } from '../shared/manifest';
import { putFile, readWhole } from '../shared/objects';
import { download } from '../shared/stage-inputs';
import { type PartFile, readFooter } from './footers';
import type { JobEnvironment } from './plan-job';

const PARALLEL = 8;

export async function collectJob(input: CollectJobInput, environment: JobEnvironment): Promise<CollectJobOutput> {
  const { run, model } = input;
  const { s3, workBucket, attempt } = environment;
  const folder = input.output.slice(`s3://${workBucket}/`.length);
  const result = await readResult(environment, `${folder}/${RESULT_FILE}`);
  if ('error' in result) throw new ModelFailed(`Model ${model.name} failed on Spark: ${result.error}.${MODEL_REMEDY}`);
  const engine = await openEngine({ threads: availableParallelism() });
  try {
    const files = await mapLimited(result.parts, PARALLEL, ({ name, length }, index) =>
      readFooter(s3, engine, { bucket: workBucket, key: `${folder}/${name}`, length }, index, model.columns),
    );
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    if (rows !== result.rows) {
      throw new RowsDoNotReconcile(
        `The parts that Spark has written for ${model.name} have ${rows} rows, and it counted ${result.rows}.`,
      );
    }
    const parts: Part[] = [];
    for (const [n, file] of files.filter((one) => one.rows > 0).entries()) {
      if (model.formats.includes('parquet')) parts.push({ ...file, format: 'parquet' });
      if (model.formats.includes('csv')) parts.push(await asCsv(input, environment, engine, file, n));
    }
    const columns = [...model.columns];
    const document: Manifest = {
      step: model.name,
      partition: 'all',
      datasets: { [model.name]: { rows, columns, parts } },
    };
    const manifest = await writeManifest(s3, workBucket, run, attempt, document);
    return { manifest, rows, bytes: parts.reduce((sum, { length }) => sum + length, 0), rejected: 0 };
  } finally {
    await engine.close();
  }
}

async function readResult({ s3, workBucket }: JobEnvironment, key: string): Promise<JobResult> {
  const body = await readWhole(s3, { bucket: workBucket, key });
  return z.parse(jobResult, JSON.parse(body.toString()));
}

/** Aurora imports CSV, and Spark's own has other rules for NULL. */
async function asCsv(
  { run, model }: CollectJobInput,
  { s3, workBucket, attempt }: JobEnvironment,
  engine: Engine,
  { key, etag, length, rows }: PartFile,
  n: number,
): Promise<Part> {
  const [from, to] = [join(engine.folder, `part-${n}.parquet`), join(engine.folder, `part-${n}.csv.gz`)];
  await download(s3, { bucket: workBucket, key, etag }, length, from);
  const connection = await engine.connect();
  const selected = `SELECT ${storedColumns(model.columns)} FROM read_parquet(${quoteText(from)})`;
  await connection.run(`COPY (${selected}) TO ${quoteText(to)} ${CSV_OPTIONS}`);
  connection.closeSync();
  const target = partKey(run, model.name, 'all', attempt, n, 'csv.gz');
  const stored = await putFile(s3, workBucket, target, to, { contentEncoding: 'gzip' });
  return { ...stored, rows, format: 'csv' };
}
