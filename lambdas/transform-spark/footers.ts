/** Rows and columns of a Parquet file, read from its end alone: the rest of it stays in S3. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { OutputColumn } from '../../lib/tasks/common';
import { RowsDoNotReconcile } from '../../lib/tasks/errors';
import { describeRelation, type Engine, quoteName, quoteText, rowsOf, storedType } from '../shared/duckdb';
import { readBytes } from '../shared/objects';

export interface PartFile {
  readonly key: string;
  readonly etag: string;
  /** bytes */
  readonly length: number;
  readonly rows: number;
}

/** The length of the footer, and `PAR1`. */
const TAIL_BYTES = 8;
/** Most footers are shorter. */
const GUESS_BYTES = 64 * 1024;

/** @throws {RowsDoNotReconcile} where it is not the file that Spark has written, or its columns are not the model's */
export async function readFooter(
  s3: S3Client,
  engine: Engine,
  { bucket, key, length }: { readonly bucket: string; readonly key: string; readonly length: number },
  index: number,
  columns: readonly OutputColumn[],
): Promise<PartFile> {
  const { ETag = '', ContentLength } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
  if (ContentLength !== length)
    throw new RowsDoNotReconcile(`s3://${bucket}/${key} has ${ContentLength} bytes, and Spark has written ${length}.`);
  const etag = ETag.replaceAll('"', '');
  const object = { bucket, key, etag };
  let end = await readBytes(s3, object, Math.max(0, length - GUESS_BYTES), length);
  const footer = end.readUInt32LE(end.length - TAIL_BYTES) + TAIL_BYTES;
  if (footer > end.length) end = await readBytes(s3, object, length - footer, length);

  // A hole with the end behind it: nobody reads what is before.
  const file = join(engine.folder, `footer-${index}.parquet`);
  const handle = await open(file, 'wx');
  await handle.write(end, 0, end.length, length - end.length);
  await handle.close();
  const connection = await engine.connect();
  try {
    const [meta] = await rowsOf(connection, `SELECT num_rows FROM parquet_file_metadata(${quoteText(file)})`);
    const view = `footer_${index}`;
    await connection.run(`CREATE TEMP VIEW ${quoteName(view)} AS SELECT * FROM read_parquet(${quoteText(file)})`);
    const found = (await describeRelation(connection, view)).map(({ name, type }) => `${name} ${type}`);
    const wanted = columns.map(({ name, type }) => `${name} ${storedType(type)}`);
    if (found.join() !== wanted.join())
      throw new RowsDoNotReconcile(`s3://${bucket}/${key} has the columns ${found.join()}, not ${wanted.join()}.`);
    return { key, etag, length, rows: Number(meta!.num_rows) };
  } finally {
    connection.closeSync();
  }
}
