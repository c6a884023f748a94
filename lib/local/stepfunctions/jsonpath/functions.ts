/** The intrinsic functions: https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html */
import { createHash, randomUUID } from 'node:crypto';
import { HASHES } from '../hashes';
import { firstInt } from '../java-random';
import { functionJsonProblem } from '../json-problem';
import { isNumber, parseJson, stringifyJson } from '../numbers';
import { uniqueInJavasOrder } from './java-set';

/** Arguments that a function does not take. AWS says little about them. */
export class Invalid extends Error {
  constructor(
    readonly what = 'Invalid arguments',
    readonly why = '',
  ) {
    super(what);
  }

  told(name: string): string {
    return `${this.what} in ${name}${this.why}`;
  }
}

interface IntrinsicFunction {
  /** How many arguments it takes. */
  readonly least: number;
  /** `least` unless told. */
  readonly most?: number;
  /** Throws `Invalid`. */
  apply(...args: unknown[]): unknown;
}

const RANGE_LIMIT_ITEMS = 1_000;
const TEXT_LIMIT_CHARACTERS = 10_000;
/** MathAdd takes what fits into a Java `int`. */
const WHOLE_LIMIT = 2 ** 31;

const many = Number.POSITIVE_INFINITY;

export const functions: Readonly<Record<string, IntrinsicFunction>> = {
  Format: { least: 1, most: many, apply: (template, ...values) => format(shown(template), values) },

  StringToJson: {
    least: 1,
    apply(source) {
      const json = text(source);
      if (json.trim() === '') return null;
      try {
        return parseJson(json);
      } catch {
        throw new Invalid('Cannot convert String to Json', `, caused by: ${functionJsonProblem(json)}`);
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
      if (length <= 0) fail();
      const parts: unknown[][] = [];
      for (let start = 0; start < source.length; start += length) parts.push(source.slice(start, start + length));
      return parts;
    },
  },
  /** AWS compares texts: the number 5 is found where '5' is, and members of an object have their order. */
  ArrayContains: {
    least: 2,
    apply(items, value) {
      const wanted = shown(value);
      return list(items).some((item) => shown(item) === wanted);
    },
  },
  ArrayRange: {
    least: 3,
    apply(first, last, delta) {
      const [start, end, step] = [whole(first), whole(last), whole(delta)];
      if (step === 0) fail();
      const length = Math.max(0, Math.floor((end - start) / step) + 1);
      if (length > RANGE_LIMIT_ITEMS) fail();
      return Array.from({ length }, (_, index) => start + index * step);
    },
  },
  ArrayGetItem: {
    least: 2,
    apply(items, index) {
      const source = list(items);
      const position = whole(index);
      // AWS finds null in an empty list, wherever it looks.
      if (source.length === 0) return null;
      if (position < 0 || position >= source.length) fail();
      return source[position];
    },
  },
  ArrayLength: { least: 1, apply: (items) => list(items).length },
  ArrayUnique: { least: 1, apply: (items) => uniqueInJavasOrder(list(items)) },

  Base64Encode: { least: 1, apply: (value) => Buffer.from(limited(text(value))).toString('base64') },
  /** What is not Base64 is left out, as on AWS. */
  Base64Decode: { least: 1, apply: (value) => Buffer.from(limited(text(value)), 'base64').toString('utf8') },
  Hash: {
    least: 2,
    apply(value, algorithm) {
      const name = HASHES[text(algorithm)] ?? fail();
      return createHash(name)
        .update(limited(shown(value)))
        .digest('hex');
    },
  },

  JsonMerge: {
    least: 3,
    apply(first, second, deep) {
      const [left, right] = [object(first), object(second)];
      if (deep === true) fail();
      return { ...left, ...right };
    },
  },

  MathRandom: {
    least: 2,
    most: 3,
    apply(first, last, seed) {
      const [start, end] = [whole(first), whole(last)];
      if (start >= end) fail();
      if (seed !== undefined) return start + firstInt(whole(seed), end - start);
      return start + Math.floor(Math.random() * (end - start));
    },
  },
  MathAdd: {
    least: 2,
    apply(first, second) {
      const [left, right] = [rounded(first), rounded(second)];
      for (const value of [left, right, left + right]) {
        if (value < -WHOLE_LIMIT || value >= WHOLE_LIMIT) fail();
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

  UUID: { least: 0, most: many, apply: () => randomUUID() },
};

/** Puts the values where `{}` stands; a backslash takes the next character as it is. */
function format(template: string, values: readonly unknown[]): string {
  const [lone] = template.replace(/\\['\\{}]|\{\}/g, '').match(/[{}]/) ?? [];
  if (lone !== undefined) {
    throw new Invalid(
      'Invalid template',
      lone === '{' ? ": matching '}' not found for '{'." : ": matching '{' not found for '}'.",
    );
  }
  let used = 0;
  const filled = template.replace(/\\(['\\{}])|\{\}/g, (_, escaped: string | undefined) =>
    escaped === undefined ? shown(values[used++] ?? null) : escaped,
  );
  if (used !== values.length) {
    throw new Invalid('Invalid arguments', ': number of arguments do not match the occurrences of {}.');
  }
  return filled;
}

const fail = (): never => {
  throw new Invalid();
};
const text = (value: unknown): string => (typeof value === 'string' ? value : fail());
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : fail());
/** AWS leaves the fraction off, although its documentation has numbers rounded. */
const whole = (value: unknown): number => (isNumber(value) ? Math.trunc(Number(value)) + 0 : fail());
const rounded = (value: unknown): number => (isNumber(value) ? Math.round(Number(value)) + 0 : fail());
const object = (value: unknown): object =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? value : fail();
const limited = (value: string): string => (value.length <= TEXT_LIMIT_CHARACTERS ? value : fail());
const shown = (value: unknown): string => (typeof value === 'string' ? value : stringifyJson(value));
