import { createReadStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import type { Client } from 'pg';
import { literal } from '../../postgres/client';
import type { CopyStatement } from '../copy-statement';
import { isDatabaseError } from '../errors';
import type { LoadError } from './copy';
import { copyIn } from './copy-in';
import { duckConnection } from './duck';
import { fieldRecords, needsFields } from './fields';
import { jsonReader, jsonRecords } from './json';
import type { S3 } from './objects';
import type { Target } from './target';

/** A temporary table of texts, one column for each field of a line. */
export const STAGE = '"stepwell copy"';

/** A row of a file, by its number after the header, or what is wrong with it. */
export type StagedRecord = { readonly line: number } & (
  | { readonly cells: readonly (string | null)[] }
  | { readonly error: Pick<LoadError, 'code' | 'message' | 'raw'> }
);

/** Copies a file's rows into the stage. `report` throws when there are too many errors. */
export async function stage(
  client: Client,
  copy: CopyStatement,
  target: Target,
  names: readonly string[],
  file: string,
  s3: S3,
  report: (error: LoadError) => void,
): Promise<void> {
  const bytes = await content(copy, file);
  const lines = () => skipLines(bytes(), copy.options.ignoreHeader);
  const json = copy.format === 'JSON' ? await jsonReader(copy.options.json, target, s3) : undefined;
  if (json) return copyRecords(jsonRecords(lines(), target, copy.options.json, json));
  if (needsFields(copy)) return copyRecords(fieldRecords(lines(), copy, target));
  // PostgreSQL's own reader is the fast one, and stops at the first line that has too few or too many fields.
  await client.query(`SAVEPOINT ${SAVEPOINT}`);
  try {
    await copyIn(client, `COPY ${STAGE} (${names.join(', ')}) FROM STDIN WITH (FORMAT csv, ${plain(copy)})`, lines());
    await client.query(`RELEASE SAVEPOINT ${SAVEPOINT}`);
  } catch (error) {
    if (!isDatabaseError(error) || !UNREADABLE.includes(error.code ?? '')) throw error;
    await client.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}`);
    await copyRecords(fieldRecords(lines(), copy, target));
  }

  async function copyRecords(records: AsyncIterable<StagedRecord>): Promise<void> {
    const good = rows(records, (line, error) => report({ ...error, line: line + copy.options.ignoreHeader }));
    await copyIn(client, `COPY ${STAGE} (line, ${names.join(', ')}) FROM STDIN WITH (FORMAT csv, NULL '\\N')`, good);
  }
}

const SAVEPOINT = '"stepwell copy"';

/** Errors of the file's: a line that does not fit, or bytes that are no UTF-8. */
const UNREADABLE = ['22P04', '22021'];

/** Plain delimited text has no quotes: PostgreSQL's CSV with a quote that never occurs reads it so. */
function plain({ format, options: { delimiter, quote, nullAs = '\\N' } }: CopyStatement): string {
  const quoting = format === 'TEXT' ? "E'\\x01'" : literal(quote);
  return `DELIMITER ${literal(delimiter)}, QUOTE ${quoting}, NULL ${literal(nullAs)}`;
}

async function* rows(
  records: AsyncIterable<StagedRecord>,
  report: (line: number, error: Pick<LoadError, 'code' | 'message' | 'raw'>) => void,
): AsyncGenerator<string> {
  for await (const record of records) {
    if ('error' in record) report(record.line, record.error);
    else
      yield `${record.line},${record.cells.map((cell) => (cell === null ? '\\N' : `"${cell.replaceAll('"', '""')}"`)).join(',')}\n`;
  }
}

/** The file's bytes, as often as asked for. */
async function content({ options }: CopyStatement, file: string): Promise<() => AsyncIterable<Uint8Array>> {
  if (options.compression === 'GZIP') return () => createReadStream(file).pipe(zlib.createGunzip());
  if (options.compression === 'ZSTD') await expandZstd(file);
  return () => createReadStream(file);
}

/** In place. Node.js has Zstandard from 22.15 on; DuckDB reads lines of it. */
async function expandZstd(file: string): Promise<void> {
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer };
  if (zstdDecompressSync) return writeFile(file, zstdDecompressSync(await readFile(file)));
  const duck = await duckConnection();
  try {
    const reader = await duck.runAndReadAll(
      `SELECT line FROM read_csv(${literal(file)}, compression = 'zstd', columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '',
         header = false, auto_detect = false, null_padding = false, parallel = false)`,
    );
    await writeFile(
      file,
      reader
        .getRows()
        .map(([line]) => `${line === null ? '' : String(line)}\n`)
        .join(''),
    );
  } finally {
    duck.closeSync();
  }
}

async function* skipLines(bytes: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const chunk of bytes) {
    let rest = Buffer.from(chunk);
    while (left > 0 && rest.length > 0) {
      const end = rest.indexOf(10);
      if (end >= 0) left--;
      rest = end < 0 ? Buffer.alloc(0) : rest.subarray(end + 1);
    }
    if (rest.length > 0) yield rest;
  }
}
