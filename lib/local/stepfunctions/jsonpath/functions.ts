/** The intrinsic functions: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html */
import { createHash, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { HASHES } from '../hashes';
import { isNumber, parseJson, stringifyJson } from '../numbers';

interface IntrinsicFunction {
  /** How many arguments it takes. */
  readonly least: number;
  /** `least` unless told. */
  readonly most?: number;
  /** Throws an Error that says what is wrong with the arguments. */
  apply(...args: unknown[]): unknown;
}

const RANGE_LIMIT_ITEMS = 1_000;
const TEXT_LIMIT_CHARACTERS = 10_000;
/** MathAdd takes what fits into a Java `int`. */
const WHOLE_LIMIT = 2 ** 31;

const many = Number.POSITIVE_INFINITY;

export const functions: Readonly<Record<string, IntrinsicFunction>> = {
  Format: { least: 1, most: many, apply: (template, ...values) => format(text(template), values) },

  StringToJson: {
    least: 1,
    apply(source) {
      try {
        return parseJson(text(source));
      } catch {
        return fail(`${shown(source)} is not JSON`);
      }
    },
  },
  JsonToString: { least: 1, apply: stringifyJson },

  Array: { least: 0, most: many, apply: (...items) => items },
  ArrayPartition: {
    least: 2,
    apply(items, size) {
      const source = list(items);
      const length = whole(size);
      if (length <= 0) fail('the chunk size must be a positive integer');
      const parts: unknown[][] = [];
      for (let start = 0; start < source.length; start += length) parts.push(source.slice(start, start + length));
      return parts;
    },
  },
  ArrayContains: { least: 2, apply: (items, value) => list(items).some((item) => isDeepStrictEqual(item, value)) },
  ArrayRange: {
    least: 3,
    apply(first, last, delta) {
      const [start, end, step] = [whole(first), whole(last), whole(delta)];
      if (step === 0) fail('the increment must not be 0');
      const length = Math.max(0, Math.floor((end - start) / step) + 1);
      if (length > RANGE_LIMIT_ITEMS) fail(`the range has more than ${RANGE_LIMIT_ITEMS} items`);
      return Array.from({ length }, (_, index) => start + index * step);
    },
  },
  ArrayGetItem: {
    least: 2,
    apply(items, index) {
      const source = list(items);
      const position = whole(index);
      if (position < 0 || position >= source.length) fail(`the index ${position} is out of bounds`);
      return source[position];
    },
  },
  ArrayLength: { least: 1, apply: (items) => list(items).length },
  ArrayUnique: { least: 1, apply: (items) => unique(list(items)) },

  Base64Encode: { least: 1, apply: (value) => Buffer.from(limited(text(value))).toString('base64') },
  Base64Decode: {
    least: 1,
    apply(value) {
      const encoded = limited(text(value));
      // Node leaves out what is not Base64; AWS refuses it.
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/.test(encoded)) {
        fail(`${shown(value)} is not Base64`);
      }
      return Buffer.from(encoded, 'base64').toString('utf8');
    },
  },
  Hash: {
    least: 2,
    apply(value, algorithm) {
      const name =
        HASHES[text(algorithm)] ?? fail(`${shown(algorithm)} is not one of ${Object.keys(HASHES).join(', ')}`);
      const data = limited(typeof value === 'string' ? value : stringifyJson(value));
      return createHash(name).update(data).digest('hex');
    },
  },

  JsonMerge: {
    least: 3,
    apply(first, second, deep) {
      const [left, right] = [object(first), object(second)];
      if (deep !== false) fail('only shallow merging is supported, so the third argument must be false');
      return { ...left, ...right };
    },
  },

  MathRandom: {
    least: 2,
    most: 3,
    apply(first, last, seed) {
      const [start, end] = [whole(first), whole(last)];
      if (start >= end) fail('the first number must be less than the second');
      const share = seed === undefined ? Math.random() : fraction(whole(seed));
      return start + Math.floor(share * (end - start));
    },
  },
  MathAdd: {
    least: 2,
    apply(first, second) {
      const [left, right] = [whole(first), whole(second)];
      for (const value of [left, right]) {
        if (value < -WHOLE_LIMIT || value >= WHOLE_LIMIT) fail(`${value} is not between -2147483648 and 2147483647`);
      }
      return left + right;
    },
  },

  StringSplit: {
    least: 2,
    apply(value, separators) {
      const any = new Set(text(separators));
      const parts: string[] = [];
      let part = '';
      for (const character of text(value)) {
        if (!any.has(character)) {
          part += character;
          continue;
        }
        if (part !== '') parts.push(part);
        part = '';
      }
      if (part !== '') parts.push(part);
      return parts;
    },
  },

  UUID: { least: 0, apply: () => randomUUID() },
};

/** Puts the values where `{}` stands; a backslash takes the next character as it is. */
function format(template: string, values: readonly unknown[]): string {
  let used = 0;
  const filled = template.replace(/\\(['\\{}])|\{\}/g, (_, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    if (used >= values.length) fail('the template has more {} than there are arguments');
    return shown(values[used++]);
  });
  if (used < values.length) fail('there are more arguments than {} in the template');
  return filled;
}

/** By value; the first one stays. */
function unique(items: readonly unknown[]): unknown[] {
  const seen = new Set<unknown>();
  const found: unknown[] = [];
  for (const item of items) {
    if (item === null || typeof item !== 'object') {
      if (seen.has(item)) continue;
      seen.add(item);
    } else if (found.some((other) => isDeepStrictEqual(other, item))) {
      continue;
    }
    found.push(item);
  }
  return found;
}

const fail = (message: string): never => {
  throw new Error(message);
};
const text = (value: unknown): string => (typeof value === 'string' ? value : fail(`${shown(value)} is not a string`));
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : fail(`${shown(value)} is not an array`));
/** AWS rounds. */
const whole = (value: unknown): number =>
  isNumber(value) ? Math.round(Number(value)) + 0 : fail(`${shown(value)} is not a number`);
const object = (value: unknown): object =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? value
    : fail(`${shown(value)} is not an object`);
const limited = (value: string): string =>
  value.length <= TEXT_LIMIT_CHARACTERS ? value : fail(`more than ${TEXT_LIMIT_CHARACTERS} characters`);
const shown = (value: unknown): string => (typeof value === 'string' ? value : stringifyJson(value));

const fraction = (seed: number): number => createHash('sha256').update(String(seed)).digest().readUInt32BE(0) / 2 ** 32;
