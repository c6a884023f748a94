/** Batches to Parquet files: in a thread beside the function's own where the bundle has brought it, else right here (tests). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ColumnData } from './encode-parquet';

export interface Encoded {
  readonly file: Uint8Array<ArrayBuffer>;
  /** the batch's memory, to be used again */
  readonly columns: readonly ColumnData[];
}

export interface ParquetEncoder {
  /** Takes the columns' memory; it comes back with the file. */
  encode(columns: readonly ColumnData[], rows: number): Promise<Encoded>;
}

/** `lib/constructs/bundle.ts` puts it there. */
export const WORKER_FILE = 'parquet-worker.js';

export function openParquetEncoder(): ParquetEncoder {
  const worker = join(__dirname, WORKER_FILE);
  return existsSync(worker) ? inWorker(worker) : inThisThread();
}

/** For the function's life: starting the thread and compiling its WebAssembly takes longer than a small part. */
let worker: Worker | undefined;
let queue: Promise<unknown> = Promise.resolve();

function inWorker(file: string): ParquetEncoder {
  return {
    encode(columns, rows) {
      const encoded = queue.then(() => encodeInWorker(file, columns, rows));
      queue = encoded.catch(() => {});
      return encoded;
    },
  };
}

async function encodeInWorker(file: string, columns: readonly ColumnData[], rows: number): Promise<Encoded> {
  // Started with the first batch: a source without rows needs none.
  worker ??= new Worker(file);
  const thread = worker;
  // A thread that waits for work is no reason for the process to go on.
  thread.ref();
  const { promise, settle } = answerOf(thread);
  const memory = columns.flatMap(({ values, offsets, validity }) =>
    [values, offsets, validity].flatMap((array) => (array ? [array.buffer] : [])),
  );
  thread.postMessage({ columns, rows }, memory);
  try {
    return await promise;
  } catch (error) {
    worker = undefined;
    await thread.terminate();
    throw error;
  } finally {
    settle();
    thread.unref();
  }
}

function answerOf(worker: Worker): { promise: Promise<Encoded>; settle: () => void } {
  let settle = () => {};
  const promise = new Promise<Encoded>((resolve, reject) => {
    const onMessage = (answer: Encoded | { message: string }) => {
      if ('message' in answer) reject(new Error(`The Parquet encoder failed: ${answer.message}`));
      else resolve(answer);
    };
    const onExit = (code: number) => reject(new Error(`The Parquet encoder ended with code ${code}.`));
    worker.once('message', onMessage).once('error', reject).once('exit', onExit);
    settle = () => worker.off('message', onMessage).off('error', reject).off('exit', onExit);
  });
  return { promise, settle: () => settle() };
}

function inThisThread(): ParquetEncoder {
  // Not by a literal path: a bundle is not to hold the encoder a second time.
  const { encodeParquet } = require(join(__dirname, 'encode-parquet')) as typeof import('./encode-parquet');
  return {
    encode: async (columns, rows) => ({ file: encodeParquet(columns, rows), columns }),
  };
}
