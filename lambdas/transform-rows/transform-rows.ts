/** Calls a user's row function for each row of a batch; what it returns goes where rows of sources go, by the model's contract. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Part } from '../../lib/tasks/common';
import { RowFunctionFailed } from '../../lib/tasks/errors';
import type { TransformRowsInput, TransformRowsOutput } from '../../lib/tasks/transform-rows';
import { BadRow } from '../../lib/tasks/user-code';
import { CSV_OPTIONS, type Engine, openEngine, quoteText } from '../shared/duckdb';
import { datasetOf, partKey, readManifests } from '../shared/manifest';
import { putFile } from '../shared/objects';
import { openRowWriter, type RowWriter } from '../shared/rows/row-writer';
import { jsonText } from '../shared/rows/value-text';
import { stageInput } from '../shared/stage-inputs';
import type { UserLog } from '../shared/user-code/log';
import { describeThrown } from '../shared/user-code/places';
import { type Row, readRows } from './read-rows';

/** What the user's file exports; what it really is shows when it is called. */
export interface UserCode {
  readonly default?: unknown;
}

export interface TransformRowsEnvironment {
  readonly s3: S3Client;
  readonly workBucket: string;
  /** names what this attempt writes */
  readonly attempt: string;
  readonly log: UserLog;
  /** MB for DuckDB, which only reads; default: a quarter of the function's */
  readonly memoryMb?: number;
}

type Input = Extract<TransformRowsInput, { action: 'transform' }>;

/** Of a row that the function could not take, in the error's message. */
const SHOWN_CHARACTERS = 200;

export async function transformRows(
  input: Input,
  userCode: UserCode,
  environment: TransformRowsEnvironment,
): Promise<TransformRowsOutput> {
  const { run, model, batch, batches, manifests } = input;
  const { s3, workBucket, attempt, memoryMb = defaultMemoryMb() } = environment;
  const dataset = datasetOf(await readManifests(s3, workBucket, manifests), model.input.name, model.input.columns);
  const engine = await openEngine({ threads: 1, memoryMb });
  try {
    const connection = await engine.connect();
    await stageInput(s3, workBucket, engine, connection, dataset);
    const writer = openRowWriter({
      run,
      source: model,
      isModel: true,
      partition: { id: batch },
      partitions: batches,
      attempt,
      s3,
      workBucket,
      ...(model.formats.includes('csv') ? { alsoAs: csvOf(input, environment, engine) } : {}),
    });
    try {
      await callForEach(readRows(connection, dataset.name, dataset.columns), input, userCode, environment, writer);
      connection.closeSync();
      return await writer.finish();
    } catch (error) {
      await writer.abort();
      throw error;
    }
  } finally {
    await engine.close();
  }
}

/** What the calls need to know: of a run, or of a test of the function. */
export interface RowFunctionCall {
  readonly run: Pick<Input['run'], 'interval'>;
  readonly model: Pick<Input['model'], 'name' | 'file'>;
}

export async function callForEach(
  chunks: AsyncIterable<Row[]>,
  { run, model }: RowFunctionCall,
  userCode: UserCode,
  { log }: Pick<TransformRowsEnvironment, 'log'>,
  writer: Pick<RowWriter, 'write' | 'reject'>,
): Promise<void> {
  const what = `Model ${model.name} (${model.file})`;
  const work = userCode.default;
  if (typeof work !== 'function') throw new RowFunctionFailed(`${what} has no function as its default export.`);
  const context = { interval: run.interval, log };
  let position = 0;
  for await (const rows of chunks) {
    for (const row of rows) {
      position++;
      const raw = () => jsonText(row);
      const failed = (why: string, cause?: unknown) =>
        new RowFunctionFailed(`${what} ${why}. The row: ${shortened(raw())}.`, { cause });
      let returned: unknown;
      try {
        returned = work(row, context);
        if (isPromise(returned)) returned = await returned;
      } catch (error) {
        if (!(error instanceof BadRow)) throw failed(`failed: ${describeThrown(error)}`, error);
        const waiting = writer.reject(position, error.message || 'the row function refuses it', raw());
        if (waiting) await waiting;
        continue;
      }
      if (returned === null || returned === undefined) continue;
      for (const made of Array.isArray(returned) ? returned : [returned]) {
        if (typeof made !== 'object' || made === null || Array.isArray(made)) {
          throw failed(`returned ${shortened(jsonText(made))}, which is no row, no list of rows and not null`);
        }
        const waiting = writer.write(made as Row, position, raw);
        if (waiting) await waiting;
      }
    }
  }
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof (value as { then?: unknown } | null | undefined)?.then === 'function';

const shortened = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;

/** Aurora imports CSV. */
function csvOf({ run, model, batch }: Input, { s3, workBucket, attempt }: TransformRowsEnvironment, engine: Engine) {
  let connection: DuckDBConnection | undefined;
  return async (parquet: Uint8Array, rows: number, n: number): Promise<Part[]> => {
    connection ??= await engine.connect();
    const [from, to] = [join(engine.folder, `made-${n}.parquet`), join(engine.folder, `made-${n}.csv.gz`)];
    await writeFile(from, parquet);
    await connection.run(`COPY (FROM read_parquet(${quoteText(from)})) TO ${quoteText(to)} ${CSV_OPTIONS}`);
    const key = partKey(run, model.name, batch, attempt, n, 'csv.gz');
    const stored = await putFile(s3, workBucket, key, to, { contentEncoding: 'gzip' });
    return [{ ...stored, rows, format: 'csv' }];
  };
}

/** The rest is for the user's code, and for what it returns. */
const defaultMemoryMb = (): number =>
  Math.max(128, Math.floor(Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 1024) / 4));
