import { createInterface } from 'node:readline';
import type { JsonMapping } from '../copy-statement';
import { RedshiftError, UnsupportedLocally } from '../errors';
import type { S3 } from './objects';
import { objectText } from './objects';
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

/** Objects one after the other, whatever blanks or line ends are between and inside of them; each as CSV, where \N is NULL. */
export async function* jsonLines(
  bytes: NodeJS.ReadableStream,
  target: Target,
  read: JsonReader,
): AsyncGenerator<string> {
  for await (const object of objects(bytes)) {
    const cells = read(object).map((value, index) => {
      if (value === undefined || value === null) return '\\N';
      const text = typeof value === 'string' && target.columns[index]!.type !== 'jsonb' ? value : JSON.stringify(value);
      return `"${text.replaceAll('"', '""')}"`;
    });
    yield `${cells.join(',')}\n`;
  }
}

async function* objects(bytes: NodeJS.ReadableStream): AsyncGenerator<Record<string, unknown>> {
  let text = '';
  for await (const line of createInterface({ input: bytes, crlfDelay: Infinity })) {
    text = text === '' ? line : `${text}\n${line}`;
    for (;;) {
      text = text.trimStart();
      const end = text === '' ? -1 : endOfObject(text);
      if (end < 0) break;
      yield parse(text.slice(0, end));
      text = text.slice(end);
    }
  }
  if (text.trim() !== '') parse(text);
}

/** -1: it goes on in the next line */
function endOfObject(text: string): number {
  if (!text.startsWith('{')) throw unreadable();
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

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    throw unreadable();
  }
}

const unreadable = () => new UnsupportedLocally('COPY FORMAT JSON of anything but valid objects one after the other');
