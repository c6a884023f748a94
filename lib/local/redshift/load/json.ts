import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import type { JsonMapping } from '../copy-statement';
import { RedshiftError } from '../errors';
import { INVALID_TEXT, NO_UTF8 } from './fields';
import type { S3 } from './objects';
import { objectText } from './objects';
import type { StagedRecord } from './stage';
import type { Target } from './target';

export type JsonReader = (row: Record<string, unknown>) => unknown[];

/** How a row is taken out of an object: by the columns' names, by a file of paths, or whole. */
export async function jsonReader(mapping: JsonMapping, target: Target, s3: S3): Promise<JsonReader> {
  if (mapping.kind === 'noshred') return (row) => [row];
  if (mapping.kind === 'auto') {
    if (!mapping.ignoreCase) return (row) => target.columns.map(({ name }) => row[name]);
    return (row) => {
      const folded = new Map(Object.entries(row).map(([name, value]) => [name.toLowerCase(), value]));
      return target.columns.map(({ name }) => folded.get(name));
    };
  }
  const where = `s3://${mapping.bucket}/${mapping.key}`;
  const paths = parsePaths(await objectText(mapping.bucket, mapping.key, s3), where);
  if (paths.length !== target.columns.length) {
    throw new RedshiftError(
      `Number of jsonpaths and the number of columns should match. JSONPath size: ${paths.length}, Number of columns in table or column list: ${target.columns.length}`,
    );
  }
  return (row) => paths.map((path) => path.reduce<unknown>(step, row));
}

function step(value: unknown, key: string | number): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  return (value as Record<string | number, unknown>)[key];
}

function parsePaths(text: string, where: string): (string | number)[][] {
  let paths: unknown;
  try {
    paths = (JSON.parse(text) as { jsonpaths?: unknown }).jsonpaths;
  } catch {
    // said below
  }
  if (!Array.isArray(paths))
    throw new RedshiftError(`Invalid JSONPath format: ${where} is not JSON with a list "jsonpaths"`);
  return paths.map((path) => parsePath(String(path)));
}

const STEP = /\.([A-Za-z_][\w$]*)|\[\s*(\d+)\s*\]|\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]/y;

/** `$.a.b[0]` or `$['a'][0]` */
function parsePath(path: string): (string | number)[] {
  const steps: (string | number)[] = [];
  let at = path.startsWith('$') ? 1 : path.length + 1;
  while (at < path.length) {
    STEP.lastIndex = at;
    const found = STEP.exec(path);
    if (!found) break;
    steps.push(found[2] === undefined ? (found[1] ?? found[3] ?? found[4])! : Number(found[2]));
    at = STEP.lastIndex;
  }
  if (at !== path.length || steps.length === 0) throw new RedshiftError(`Invalid JSONPath format: ${path}`);
  return steps;
}

/** Objects (and, by paths, lists) one after the other, whatever blanks or line ends are between and inside of them. */
export async function* jsonRecords(
  bytes: AsyncIterable<Uint8Array>,
  target: Target,
  mapping: JsonMapping,
  read: JsonReader,
): AsyncGenerator<StagedRecord> {
  let line = 0;
  for await (const text of objects(bytes)) {
    line++;
    const value = parse(text, mapping);
    const invalid = text.includes(NO_UTF8) ? INVALID_TEXT : value === undefined ? INVALID_JSON : undefined;
    if (invalid) {
      yield { line, error: { ...invalid, raw: text.slice(0, 1024) } };
      continue;
    }
    const cells = read(value!).map((cell, index) =>
      cell === undefined || cell === null
        ? null
        : typeof cell === 'string' && target.columns[index]!.type !== 'jsonb'
          ? cell
          : JSON.stringify(cell),
    );
    yield { line, cells };
  }
}

/** The texts of the values; what is none goes to the end of its line. */
async function* objects(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let text = '';
  for await (const line of createInterface({ input: Readable.from(bytes), crlfDelay: Infinity })) {
    text = text === '' ? line : `${text}\n${line}`;
    for (;;) {
      text = text.trimStart();
      if (text === '') break;
      if (!/^[{[]/.test(text)) {
        const [first = '', ...rest] = text.split('\n');
        yield first;
        text = rest.join('\n');
        continue;
      }
      const end = endOfValue(text);
      if (end < 0) break;
      yield text.slice(0, end);
      text = text.slice(end);
    }
  }
  if (text.trim() !== '') yield text;
}

/** -1: it goes on in the next line */
function endOfValue(text: string): number {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inText) {
      if (char === '\\') at++;
      else if (char === '"') inText = false;
    } else if (char === '"') inText = true;
    else if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') {
      depth--;
      if (depth === 0) return at + 1;
    }
  }
  return -1;
}

const INVALID_JSON = { code: 1216, message: 'Invalid JSON format' };

/** Only by paths can a row be a list. */
function parse(text: string, { kind }: JsonMapping): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    const row = value !== null && typeof value === 'object' && (kind !== 'auto' || !Array.isArray(value));
    return row ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
