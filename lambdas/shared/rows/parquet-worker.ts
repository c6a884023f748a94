/** The encoder in a thread of its own: while it compresses one batch, the next is filled. Lies beside the bundle. */
import { parentPort } from 'node:worker_threads';
import { type ColumnData, encodeParquet } from './encode-parquet';
import type { Encoded } from './parquet-encoder';

const port = parentPort!;

port.on('message', ({ columns, rows }: { columns: readonly ColumnData[]; rows: number }) => {
  try {
    const file = encodeParquet(columns, rows);
    port.postMessage({ file, columns } satisfies Encoded, [file.buffer, ...memoryOf(columns)]);
  } catch (error) {
    port.postMessage({ message: error instanceof Error ? error.message : String(error) });
  }
});

function memoryOf(columns: readonly ColumnData[]): ArrayBuffer[] {
  return columns.flatMap(({ values, offsets, validity }) =>
    [values, offsets, validity].flatMap((array) => (array ? [array.buffer] : [])),
  );
}
