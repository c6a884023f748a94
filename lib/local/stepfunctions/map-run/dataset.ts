/** What an object in S3 holds as items: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { ErrorName } from '../../../asl/errors';
import { duckConnection } from '../../redshift/load/duck';
import { StatesError } from '../errors';
import { parseJson } from '../numbers';
import { parseCsv } from './csv';

/** The part of a `ReaderConfig` that says what is in an object. */
export interface DatasetConfig {
  readonly InputType?: string;
  readonly CSVHeaderLocation?: 'FIRST_ROW' | 'GIVEN';
  readonly CSVHeaders?: readonly string[];
  readonly CSVDelimiter?: string;
  readonly ItemsPointer?: string;
}

export interface DatasetItem {
  readonly Value: unknown;
  /** Of a member of a JSON object. */
  readonly Key?: string;
}

const DELIMITERS: Readonly<Record<string, string>> = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' };
const LARGEST_HEADER_BYTES = 10 * 1024;

export const readerFailed = (cause: string): StatesError => new StatesError(ErrorName.itemReaderFailed, cause);

/** At most `limit` items. */
export async function parseDataset(bytes: Buffer, config: DatasetConfig, limit: number): Promise<DatasetItem[]> {
  if (config.InputType === 'PARQUET') return parseParquet(bytes, limit);
  const text = await decompress(bytes);
  switch (config.InputType) {
    case 'JSON':
      return parseDocument(text, config.ItemsPointer).slice(0, limit);
    case 'JSONL':
      return parseLines(text, limit);
    case 'CSV':
      return parseTable(text, config, limit);
    default:
      throw readerFailed(`The input type ${config.InputType} is not supported.`);
  }
}

/** An array's elements, or an object's members. */
function parseDocument(text: string, pointer: string | undefined): DatasetItem[] {
  let items = parsed(text);
  if (pointer !== undefined) items = resolvePointer(items, pointer);
  if (Array.isArray(items)) return items.map((Value) => ({ Value }));
  if (items !== null && typeof items === 'object') {
    return Object.entries(items).map(([Key, Value]) => ({ Key, Value }));
  }
  throw readerFailed('Attempting to map over non-iterable node.');
}

/** https://www.rfc-editor.org/rfc/rfc6901 */
function resolvePointer(document: unknown, pointer: string): unknown {
  let found = document;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    const isThere = found !== null && typeof found === 'object' && Object.hasOwn(found, key);
    if (!isThere)
      throw readerFailed(`The ItemsPointer '${pointer}' could not be found in the JSON of the item source.`);
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

function parseLines(text: string, limit: number): DatasetItem[] {
  const items: DatasetItem[] = [];
  for (const line of text.split('\n')) {
    if (items.length >= limit) break;
    if (line.trim() !== '') items.push({ Value: parsed(line) });
  }
  return items;
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw readerFailed(`The item source is not valid JSON: ${(error as Error).message}`);
  }
}

/** A row that is too short is filled with empty text; what it has beyond the header is left out. */
function parseTable(text: string, config: DatasetConfig, limit: number): DatasetItem[] {
  const delimiter = DELIMITERS[config.CSVDelimiter ?? 'COMMA'] ?? ',';
  const isGiven = config.CSVHeaderLocation === 'GIVEN';
  const rows = parseCsv(text, delimiter, isGiven ? limit : limit + 1);
  const header = isGiven ? (config.CSVHeaders ?? []) : (rows.shift() ?? []);
  if (Buffer.byteLength(header.join(delimiter)) > LARGEST_HEADER_BYTES) {
    throw readerFailed(`The CSV header is larger than ${LARGEST_HEADER_BYTES} bytes.`);
  }
  return rows.map((row) => ({
    Value: Object.fromEntries(header.map((name, column) => [name, row[column] ?? ''])),
  }));
}

async function parseParquet(bytes: Buffer, limit: number): Promise<DatasetItem[]> {
  const rows = await withDuck(bytes, (file) => {
    const most = Number.isFinite(limit) ? ` LIMIT ${limit}` : '';
    return `SELECT to_json(row) FROM read_parquet(${file}) AS row${most}`;
  });
  return rows.map((row) => ({ Value: parseJson(row) as unknown }));
}

const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;
const isZstandard = (bytes: Buffer): boolean => bytes.length > 3 && bytes.readUInt32LE(0) === 0xfd2fb528;

/** GZIP and ZSTD are recognised by their first bytes, so whatever the object is called. */
async function decompress(bytes: Buffer): Promise<string> {
  let text: string;
  if (isGzip(bytes)) text = zlib.gunzipSync(bytes).toString('utf8');
  else if (isZstandard(bytes)) text = await decompressZstandard(bytes);
  else text = bytes.toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

/** Node.js has it since version 22.15; before that, DuckDB reads the lines. */
async function decompressZstandard(bytes: Buffer): Promise<string> {
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: (bytes: Buffer) => Buffer };
  if (zstdDecompressSync) return zstdDecompressSync(bytes).toString('utf8');
  const lines = await withDuck(
    bytes,
    (file) =>
      `SELECT line FROM read_csv(${file}, compression = 'zstd', columns = {'line': 'VARCHAR'}, delim = '\x01', ` +
      `quote = '', escape = '', header = false, auto_detect = false, null_padding = true)`,
  );
  return lines.map((line) => `${line ?? ''}\n`).join('');
}

/** The first column of what a query gives. */
async function withDuck(bytes: Buffer, query: (file: string) => string): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'stepwell-items-'));
  try {
    const file = join(folder, 'items');
    await writeFile(file, bytes);
    const duck = await duckConnection();
    try {
      const reader = await duck.runAndReadAll(query(`'${file.replaceAll("'", "''")}'`));
      return reader.getRows().map(([value]) => value as string);
    } finally {
      duck.closeSync();
    }
  } catch (error) {
    throw readerFailed(`The item source could not be read: ${(error as Error).message.split('\n')[0]}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
