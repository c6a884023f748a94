/** Rows of one staged part in the order in which they lie there, from any of them on: a checkpoint counts them. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import type { OutputColumn, Part } from '../../lib/tasks/common';
import { RowsDoNotReconcile } from '../../lib/tasks/errors';
import { describeRelation, type Engine, quoteName, quoteText } from '../shared/duckdb';
import { download } from '../shared/stage-inputs';
import type { RowTexts } from '../shared/unfit';

export interface NumberedRow {
  /** in its part, from 0 */
  readonly number: number;
  readonly texts: RowTexts;
}

/** Of DuckDB's reader. */
const NUMBER = 'file_row_number';

export async function* readPart(
  { key, etag, length, rows }: Part,
  from: number,
  columns: readonly OutputColumn[],
  { s3, bucket, engine }: { readonly s3: S3Client; readonly bucket: string; readonly engine: Engine },
): AsyncGenerator<NumberedRow[]> {
  const path = join(engine.folder, 'part.parquet');
  const size = await download(s3, { bucket, key, etag }, length, path);
  if (size !== length)
    throw new RowsDoNotReconcile(`s3://${bucket}/${key} has ${size} bytes, its manifest says ${length}.`);
  const connection = await engine.connect();
  try {
    await connection.run(
      `CREATE OR REPLACE TEMP VIEW part AS FROM read_parquet(${quoteText(path)}, ${NUMBER} = true, hive_partitioning = false)`,
    );
    const there = new Set((await describeRelation(connection, 'part')).map(({ name }) => name));
    const texts = columns.map(({ name, type }) => {
      // Of a column that only later parts have.
      if (!there.has(name)) return `NULL AS ${quoteName(name)}`;
      if (type.type === 'timestamp')
        return `strftime(${quoteName(name)}, '%Y-%m-%dT%H:%M:%S.%fZ') AS ${quoteName(name)}`;
      return `CAST(${quoteName(name)} AS VARCHAR) AS ${quoteName(name)}`;
    });
    const result = await connection.stream(
      `SELECT ${[NUMBER, ...texts].join(', ')} FROM part WHERE ${NUMBER} >= ${from}`,
    );
    let next = from;
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const [numbers, ...values] = chunk.getColumns();
      const read = numbers!.map((number, row) => ({
        number: Number(number),
        texts: Object.fromEntries(
          columns.map(({ name }, index) => [name, values[index]![row] as string | null]),
        ) as RowTexts,
      }));
      for (const { number } of read) {
        // A single thread reads a file from its beginning to its end; a checkpoint would lose what comes otherwise.
        if (number !== next)
          throw new RowsDoNotReconcile(`Row ${next} of s3://${bucket}/${key} came as row ${number}.`);
        next++;
      }
      yield read;
    }
    if (next !== Math.max(rows, from))
      throw new RowsDoNotReconcile(`s3://${bucket}/${key} has ${next} rows, its manifest says ${rows}.`);
  } finally {
    connection.closeSync();
    // The next part takes its place.
    await rm(path);
  }
}
