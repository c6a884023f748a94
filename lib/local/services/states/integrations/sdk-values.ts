/** Values between a definition's JSON and an operation's own types, by the schemas of the SDK's client. */
import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticOperationSchema } from '@smithy/types';
import { instant } from '../../../stepfunctions/instant';
import { isNumber, stringifyJson } from '../../../stepfunctions/numbers';
import { javaName } from './java-names';

type Members = Record<string, unknown>;

/** What cannot be taken, in the words of Step Functions. */
export type Problems = string[];

/** Members are in PascalCase in a definition, whatever case the service's API writes them in. */
export function readInput([, , , , schema]: StaticOperationSchema, parameters: unknown, problems: Problems): Members {
  const input = NormalizedSchema.of(schema);
  if (input.isUnitSchema()) return {};
  return readStruct(input, (parameters ?? {}) as Members, '', problems);
}

/** `nameOf` says what a member is called: by version 2 of the Java SDK, or by the API. */
export async function writeOutput(
  [, , , , , schema]: StaticOperationSchema,
  output: unknown,
  nameOf: Naming = pascal,
): Promise<unknown> {
  const shape = NormalizedSchema.of(schema);
  return shape.isUnitSchema() ? {} : write(shape, output ?? {}, nameOf);
}

type Naming = (member: string) => string;

export const pascal: Naming = (name) => name.charAt(0).toUpperCase() + name.slice(1);

function readStruct(schema: NormalizedSchema, given: Members, path: string, problems: Problems): Members {
  const members = new Map<string, readonly [string, NormalizedSchema]>();
  for (const [name, member] of schema.structIterator()) {
    members.set(pascal(name), [name, member]);
    members.set(javaName(name), [name, member]);
  }
  const found: Members = {};
  for (const [key, value] of Object.entries(given)) {
    const [name, member] = members.get(key) ?? [];
    const at = path === '' ? key : `${path}.${key}`;
    if (name === undefined || member === undefined)
      problems.push(`The field '${at}' is not supported by Step Functions`);
    else if (value !== null) found[name] = read(member, value, at, problems);
  }
  for (const name of requiredOf(schema)) {
    if (given[javaName(name)] !== undefined || given[pascal(name)] !== undefined) continue;
    const at = path === '' ? javaName(name) : `${path}.${javaName(name)}`;
    problems.push(`The field '${at}' is required but was missing`);
  }
  return found;
}

/** Required members come first in a schema; their count is its seventh element. */
export function requiredOf(schema: NormalizedSchema): readonly string[] {
  const raw = schema.getSchema() as unknown as readonly unknown[];
  return Array.isArray(raw) && typeof raw[6] === 'number' ? (raw[4] as readonly string[]).slice(0, raw[6]) : [];
}

function read(schema: NormalizedSchema, value: unknown, path: string, problems: Problems): unknown {
  const mustBe = (type: string) => {
    problems.push(`The value for the field '${path}' must be ${type}`);
    return undefined;
  };
  if (schema.isDocumentSchema()) return value;
  // Bytes, and texts that hold JSON, may be given as JSON.
  if (schema.isBlobSchema()) return Buffer.from(typeof value === 'string' ? value : stringifyJson(value));
  if (schema.isStructSchema()) {
    return isObject(value) ? readStruct(schema, value, path, problems) : mustBe('an OBJECT');
  }
  if (schema.isListSchema()) {
    if (!Array.isArray(value)) return mustBe('an ARRAY');
    return value.map((item, index) => read(schema.getValueSchema(), item, `${path}[${index}]`, problems));
  }
  if (schema.isMapSchema()) {
    if (!isObject(value)) return mustBe('an OBJECT');
    const entries = Object.entries(value).map(([key, item]) => [
      key,
      read(schema.getValueSchema(), item, `${path}.${key}`, problems),
    ]);
    return Object.fromEntries(entries);
  }
  if (schema.isTimestampSchema()) {
    const date = new Date(typeof value === 'number' ? value * 1000 : (value as string));
    return Number.isNaN(date.getTime()) ? mustBe('a TIMESTAMP') : date;
  }
  if (schema.isStringSchema()) return readText(value) ?? mustBe('a STRING');
  if (schema.isBooleanSchema()) return typeof value === 'boolean' ? value : mustBe('a BOOLEAN');
  if (schema.isNumericSchema()) return isNumber(value) ? Number(value) : mustBe('a NUMBER');
  return value;
}

const readText = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : isObject(value) || Array.isArray(value) ? stringifyJson(value) : undefined;

async function write(schema: NormalizedSchema, value: unknown, nameOf: Naming): Promise<unknown> {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Date) return instant(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value !== 'object') {
    return schema.isTimestampSchema() && typeof value === 'number' ? instant(new Date(value * 1000)) : value;
  }
  if (Symbol.asyncIterator in value) return textOf(value as AsyncIterable<Uint8Array>);
  if (schema.isDocumentSchema()) return value;
  if (Array.isArray(value)) {
    return Promise.all(
      value.map((item) => write(schema.isListSchema() ? schema.getValueSchema() : schema, item, nameOf)),
    );
  }
  const members: Members = {};
  if (schema.isStructSchema()) {
    for (const [name, member] of schema.structIterator()) {
      const written = await write(member, (value as Members)[name], nameOf);
      if (written !== undefined) members[nameOf(name)] = written;
    }
  } else {
    for (const [key, item] of Object.entries(value)) {
      members[key] = await write(schema.isMapSchema() ? schema.getValueSchema() : schema, item, nameOf);
    }
  }
  return members;
}

async function textOf(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

const isObject = (value: unknown): value is Members =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
