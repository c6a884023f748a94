/** https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html */
import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ErrorName } from '../../../asl/errors';
import type { Environment } from '../environment';
import { StatesError } from '../errors';
import { compilePath } from './path';
import { Scanner } from './scanner';

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const ARRAY_LIMIT_ITEMS = 1_000;
const TEXT_LIMIT_CHARACTERS = 10_000;

type Intrinsic = (...args: unknown[]) => unknown;

const intrinsics: Readonly<Record<string, Intrinsic>> = {
  Format(template, ...values) {
    const parts = text(template).split(/(\\.|\{\})/s);
    let used = 0;
    const filled = parts.map((part) => {
      if (part === '{}') {
        if (used >= values.length) fail('the template has more {} than there are arguments');
        return show(values[used++]);
      }
      return part.length === 2 && part.startsWith('\\') ? part.charAt(1) : part;
    });
    if (used < values.length) fail('there are more arguments than {} in the template');
    return filled.join('');
  },
  StringToJson: (json) => JSON.parse(text(json)),
  JsonToString: (value) => JSON.stringify(value),
  Array: (...items) => items,
  ArrayPartition(items, size) {
    const length = whole(size);
    if (length <= 0) fail('the chunk size must be greater than 0');
    const source = list(items);
    return Array.from({ length: Math.ceil(source.length / length) }, (_, part) =>
      source.slice(part * length, (part + 1) * length),
    );
  },
  ArrayContains: (items, value) => list(items).some((item) => isDeepStrictEqual(item, value)),
  ArrayRange(first, last, delta) {
    const [start, end, step] = [whole(first), whole(last), whole(delta)];
    if (step === 0) fail('the increment must not be 0');
    const length = Math.max(0, Math.floor((end - start) / step) + 1);
    if (length > ARRAY_LIMIT_ITEMS) fail(`the range has more than ${ARRAY_LIMIT_ITEMS} items`);
    return Array.from({ length }, (_, index) => start + index * step);
  },
  ArrayGetItem(items, index) {
    const source = list(items);
    const position = whole(index);
    if (position < 0 || position >= source.length) fail(`the index ${position} is out of bounds`);
    return source[position];
  },
  ArrayLength: (items) => list(items).length,
  ArrayUnique: (items) =>
    list(items).filter((item, index, all) => all.findIndex((other) => isDeepStrictEqual(item, other)) === index),
  Base64Encode: (value) => Buffer.from(limited(value)).toString('base64'),
  Base64Decode: (value) => Buffer.from(limited(value), 'base64').toString('utf8'),
  Hash(value, algorithm) {
    const name = HASHES[text(algorithm)] ?? fail(`unknown algorithm ${algorithm}`);
    return createHash(name)
      .update(typeof value === 'string' ? value : JSON.stringify(value))
      .digest('hex');
  },
  JsonMerge(first, second, deep) {
    if (deep !== false) fail('only shallow merging is supported, so the third argument must be false');
    return { ...record(first), ...record(second) };
  },
  MathRandom(first, last, seed) {
    const [start, end] = [whole(first), whole(last)];
    if (start >= end) fail('the first number must be less than the second');
    const share = seed === undefined ? Math.random() : fraction(whole(seed));
    return start + Math.floor(share * (end - start));
  },
  MathAdd: (first, second) => whole(first) + whole(second),
  StringSplit: (value, separators) =>
    text(value)
      .split(new RegExp(`[${text(separators).replace(/[\\\]^-]/g, '\\$&')}]`, 'u'))
      .filter((part) => part !== ''),
  UUID: () => randomUUID(),
};

export type CompiledIntrinsic = (environment: Environment, document: unknown) => unknown;

/** `States.Name(…)`, its arguments compiled. Throws a SyntaxError. */
export function compileIntrinsic(source: string): CompiledIntrinsic {
  const scanner = new Scanner(source.trim());
  const call = parseCall(scanner);
  if (!call || !scanner.done) throw new SyntaxError(`Invalid intrinsic function '${source}'`);
  return call;
}

function parseCall(scanner: Scanner): CompiledIntrinsic | undefined {
  const name = scanner
    .match(/States\.[A-Za-z0-9]+\s*\(/y)
    ?.slice('States.'.length, -1)
    .trim();
  if (name === undefined) return undefined;
  const intrinsic = intrinsics[name];
  if (!intrinsic) throw new SyntaxError(`Unknown intrinsic function 'States.${name}'`);
  const args: CompiledIntrinsic[] = [];
  scanner.skip();
  if (!scanner.take(')')) {
    do args.push(parseArgument(scanner));
    while (scanner.match(/\s*,/y) !== undefined);
    scanner.expect(/\s*\)/y, "')'");
  }
  return (environment, document) => {
    const values = args.map((arg) => arg(environment, document));
    try {
      return intrinsic(...values);
    } catch (error) {
      throw new StatesError(
        ErrorName.intrinsicFailure,
        `The function 'States.${name}' had the following arguments: ${JSON.stringify(values)}. ${(error as Error).message}`,
        { own: true },
      );
    }
  };
}

function parseArgument(scanner: Scanner): CompiledIntrinsic {
  scanner.skip();
  const call = parseCall(scanner);
  if (call) return call;
  if (scanner.peek('$')) {
    const path = compilePath(scanner.expect(/\$(?:\[(?:[^\]'"]|'[^']*'|"[^"]*")*\]|[^,()[\]\s])*/y, 'a path'));
    return (environment, document) => {
      const found = path.select(environment, document);
      if (found !== undefined) return found;
      throw new StatesError(
        ErrorName.runtime,
        `The JsonPath argument for the field '${path.source}' could not be found in the input '${JSON.stringify(document)}'`,
        { own: true },
      );
    };
  }
  // A backslash before a brace is for Format to see.
  const quoted = scanner.match(/'(?:[^'\\]|\\.)*'/sy);
  if (quoted !== undefined) {
    const value = quoted.slice(1, -1).replace(/\\(['\\])/g, '$1');
    return () => value;
  }
  const literal: unknown = JSON.parse(scanner.expect(/-?\d+(?:\.\d+)?|true|false|null/y, 'an argument'));
  return () => literal;
}

const fail = (message: string): never => {
  throw new Error(message);
};
const text = (value: unknown): string => (typeof value === 'string' ? value : fail(`${show(value)} is not a string`));
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : fail(`${show(value)} is not an array`));
const whole = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) ? Math.round(value) : fail(`${show(value)} is not a number`);
const record = (value: unknown): object =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? value
    : fail(`${show(value)} is not an object`);
const limited = (value: unknown): string =>
  text(value).length <= TEXT_LIMIT_CHARACTERS ? text(value) : fail(`more than ${TEXT_LIMIT_CHARACTERS} characters`);
const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const fraction = (seed: number): number => createHash('sha256').update(String(seed)).digest().readUInt32BE(0) / 2 ** 32;
