/** The functions that Step Functions adds to JSONata: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
import { createHash, randomUUID } from 'node:crypto';
import { HASHES } from '../hashes';
import { firstDouble } from '../java-random';
import { TOO_LARGE } from './limits';

/** Beyond this AWS answers that the memory limit is exceeded. */
const RANGE_LIMIT_ITEMS = 360_145;

/** What a function throws has a code, from which the library makes the message. */
const invalid = (message: string): never => {
  throw { code: 'D3137', message };
};
const mismatch = (token: string, index: number): never => {
  throw { code: 'T0410', token, index };
};

const functions: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  partition(items, size, ...more) {
    noMore('partition', 2, more);
    if (items === undefined) return undefined;
    if (!Array.isArray(items)) throw { code: 'T0412', token: 'partition', index: 1 };
    if (items.length === 0) return undefined;
    if (size === undefined) return [items];
    const length = whole(size, 'partition', 2);
    if (length < 0) invalid('Second argument must be zero or greater');
    if (length === 0) return undefined;
    const parts: unknown[][] = [];
    for (let start = 0; start < items.length; start += length) parts.push(items.slice(start, start + length));
    return parts;
  },

  range(first, last, delta, ...more) {
    noMore('range', 3, more);
    const [start, end] = [whole(first, 'range', 1), whole(last, 'range', 2)];
    if (delta === undefined) return undefined;
    const step = whole(delta, 'range', 3);
    if (step === 0 || (end - start) * step < 0) return undefined;
    const length = Math.floor((end - start) / step) + 1;
    if (length > RANGE_LIMIT_ITEMS) throw new Error(TOO_LARGE);
    const values = Array.from({ length }, (_, index) => start + index * step);
    return values.length === 1 ? values[0] : values;
  },

  hash(text, algorithm, ...more) {
    noMore('hash', 2, more);
    if (typeof text !== 'string') return mismatch('hash', 1);
    if (algorithm === undefined) return undefined;
    if (typeof algorithm !== 'string') return mismatch('hash', 2);
    const name = HASHES[algorithm];
    if (!name) return invalid(`Hash algorithm '${algorithm}' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5`);
    return createHash(name).update(text).digest('hex');
  },

  random(seed, ...more) {
    noMore('random', 1, more);
    return seed === undefined ? Math.random() : firstDouble(whole(seed, 'random', 1));
  },

  uuid(...more) {
    noMore('uuid', 0, more);
    return randomUUID();
  },

  parse: parseWith(JSON.parse),
};

/** `$parse` with what reads its text. */
export function parseWith(read: (text: string) => unknown) {
  return (text: unknown, ...more: unknown[]): unknown => {
    noMore('parse', 1, more);
    if (text === undefined) return undefined;
    if (typeof text !== 'string') return mismatch('parse', 1);
    try {
      const value = read(text);
      if (countMembers(value) === countColons(text)) return value;
    } catch {
      // Told below.
    }
    return invalid('Invalid JSON');
  };
}

/** Throws where a number is too large for a double. */
function countMembers(value: unknown): number {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('Too large');
  if (value === null || typeof value !== 'object') return 0;
  const members = Object.values(value);
  return members.reduce<number>((sum, member) => sum + countMembers(member), Array.isArray(value) ? 0 : members.length);
}

/** Outside texts: more than there are members where a key is said twice. */
const countColons = (text: string): number => text.replaceAll(TEXTS, '').split(':').length - 1;

const TEXTS = /"[^"\\]*(?:\\.[^"\\]*)*"/g;

/** Refuses the first argument that is one too many. */
function noMore(name: string, taken: number, more: readonly unknown[]): void {
  if (more.length > 0) mismatch(name, taken + 1);
}

/** AWS leaves the fraction off, whatever the sign. */
const whole = (value: unknown, name: string, index: number): number =>
  typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : mismatch(name, index);

/** Not there on AWS: an expression in data would be code. */
export const DISABLED_FUNCTIONS = ['eval'];

export const registerFunctions = (
  register: (name: string, implementation: (...args: unknown[]) => unknown) => void,
) => {
  for (const [name, call] of Object.entries(functions)) {
    // JSONata calls functions with its own `this` and only as many arguments as the expression gives.
    register(name, (...args) => call(...args));
  }
};
