/** The functions that Step Functions adds to JSONata: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
import { createHash, randomUUID } from 'node:crypto';
import { HASHES } from '../hashes';
import { firstDouble } from '../java-random';
import { TOO_LARGE } from './limits';

/** Beyond this AWS answers that the memory limit is exceeded. */
const RANGE_LIMIT_ITEMS = 360_145;

/** An argument that does not fit gives undefined, which then fails the field that the expression stands in. */
const functions: Readonly<Record<string, (...args: never[]) => unknown>> = {
  partition(items: unknown, size: unknown) {
    if (items === undefined || !isNumber(size)) return undefined;
    const list = Array.isArray(items) ? items : [items];
    const length = Math.trunc(size);
    if (length <= 0 || list.length === 0) return undefined;
    const parts: unknown[][] = [];
    for (let start = 0; start < list.length; start += length) parts.push(list.slice(start, start + length));
    return parts;
  },

  range(first: unknown, last: unknown, delta: unknown) {
    if (!isNumber(first) || !isNumber(last) || !isNumber(delta)) return undefined;
    const [start, end, step] = [Math.trunc(first), Math.trunc(last), Math.trunc(delta)];
    if (step === 0 || (end - start) * step < 0) return undefined;
    const length = Math.floor((end - start) / step) + 1;
    if (length > RANGE_LIMIT_ITEMS) throw new Error(TOO_LARGE);
    const values = Array.from({ length }, (_, index) => start + index * step);
    return values.length === 1 ? values[0] : values;
  },

  hash(text: unknown, algorithm: unknown) {
    if (text === undefined || typeof algorithm !== 'string') return undefined;
    const name = HASHES[algorithm];
    if (!name) throw new Error(`Unsupported hash algorithm: ${algorithm}`);
    return createHash(name)
      .update(typeof text === 'string' ? text : JSON.stringify(text))
      .digest('hex');
  },

  random(seed: unknown) {
    return isNumber(seed) ? firstDouble(seed) : Math.random();
  },

  uuid: () => randomUUID(),

  parse(text: unknown) {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  },
};

/** Not there on AWS: an expression in data would be code. */
export const DISABLED_FUNCTIONS = ['eval'];

export const registerFunctions = (
  register: (name: string, implementation: (...args: unknown[]) => unknown) => void,
) => {
  for (const [name, implementation] of Object.entries(functions)) {
    const call = implementation as (...args: unknown[]) => unknown;
    // JSONata calls functions with its own `this` and only as many arguments as the expression gives.
    register(name, (...args) => call(...args));
  }
};

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
