/** Where the items of a Distributed Map come from: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html */
import { gunzipSync } from 'node:zlib';
import { parse as parseCsv } from 'csv-parse/sync';
import { ErrorName } from '../../../asl/errors';
import { StatesError } from '../errors';

export interface ReaderConfig {
  readonly InputType?: string;
  readonly CSVHeaderLocation?: 'FIRST_ROW' | 'GIVEN';
  readonly CSVHeaders?: readonly string[];
  readonly CSVDelimiter?: keyof typeof DELIMITERS;
  readonly MaxItems?: number;
}

const DELIMITERS = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' } as const;

type Call = (service: string, operation: string, input: unknown) => Promise<unknown>;

/** Reads all items; `source` is the reader's evaluated Arguments or Parameters. */
export async function readItems(
  resource: string,
  source: Readonly<Record<string, unknown>>,
  config: ReaderConfig,
  call: Call,
): Promise<unknown[]> {
  const items = resource.endsWith(':listObjectsV2')
    ? await listObjects(source, call)
    : await readObject(source, config, call);
  return config.MaxItems === undefined || config.MaxItems === 0 ? items : items.slice(0, config.MaxItems);
}

async function listObjects(source: Readonly<Record<string, unknown>>, call: Call): Promise<unknown[]> {
  const items: unknown[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = (await call('s3', 'ListObjectsV2', {
      ...source,
      ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
    })) as { Contents?: readonly Readonly<Record<string, unknown>>[]; NextContinuationToken?: string };
    for (const { Key, Size, ETag, LastModified, StorageClass } of page.Contents ?? []) {
      const modified = LastModified instanceof Date ? LastModified.getTime() / 1000 : LastModified;
      items.push({ Etag: ETag, Key, LastModified: modified, Size, StorageClass: StorageClass ?? 'STANDARD' });
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return items;
}

async function readObject(
  source: Readonly<Record<string, unknown>>,
  config: ReaderConfig,
  call: Call,
): Promise<unknown[]> {
  const { Body } = (await call('s3', 'GetObject', source)) as { Body: AsyncIterable<Uint8Array> };
  const chunks: Uint8Array[] = [];
  for await (const chunk of Body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const text = (String(source.Key).endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').replace(/^\ufeff/, '');
  try {
    return parse(text, config);
  } catch (error) {
    if (error instanceof StatesError) throw error;
    throw failed(`The object s3://${source.Bucket}/${source.Key} could not be read: ${(error as Error).message}`);
  }
}

function parse(text: string, config: ReaderConfig): unknown[] {
  switch (config.InputType) {
    case 'JSON': {
      const items: unknown = JSON.parse(text);
      if (!Array.isArray(items)) throw failed('Attempting to map over non-iterable node: the object is no JSON array.');
      return items;
    }
    case 'JSONL':
      return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as unknown]));
    case 'CSV': {
      const delimiter = DELIMITERS[config.CSVDelimiter ?? 'COMMA'];
      const rows: string[][] = parseCsv(text, { delimiter, relax_column_count: true, skip_empty_lines: true });
      const header = config.CSVHeaderLocation === 'GIVEN' ? (config.CSVHeaders ?? []) : (rows.shift() ?? []);
      return rows.map((row) => Object.fromEntries(header.map((name, column) => [name, row[column] ?? ''])));
    }
    default:
      throw failed(`The local cloud reads the input types JSON, JSONL and CSV, not ${config.InputType}.`);
  }
}

const failed = (cause: string) => new StatesError(ErrorName.itemReaderFailed, cause);
