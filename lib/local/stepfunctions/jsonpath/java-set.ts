/** The order in which Java's `HashSet` hands out what is in it: that of AWS where a function puts its items into one. */
import { isDeepStrictEqual } from 'node:util';

const LEAST_BUCKETS = 16;
const LOAD = 0.75;

/** Each value once, in the order of `new HashSet<>(items)`. */
export function uniqueInJavasOrder(items: readonly unknown[]): unknown[] {
  const wanted = Math.max(Math.trunc(items.length / LOAD) + 1, LEAST_BUCKETS);
  const buckets = Array.from({ length: 2 ** Math.ceil(Math.log2(wanted)) }, (): unknown[] => []);
  for (const item of items) {
    const hash = hashCode(item);
    const bucket = buckets[(hash ^ (hash >>> 16)) & (buckets.length - 1)]!;
    if (!bucket.some((other) => isDeepStrictEqual(other, item))) bucket.push(item);
  }
  return buckets.flat();
}

/** Of what Java has for a JSON value: null, a Boolean, a number, a String, a List, a Map. */
function hashCode(value: unknown): number {
  switch (typeof value) {
    case 'boolean':
      return value ? 1231 : 1237;
    case 'number':
      return Number.isInteger(value) ? ofWhole(BigInt(value)) : ofDouble(value);
    case 'bigint':
      return ofWhole(value);
    case 'string':
      return ofParts(
        Array.from({ length: value.length }, (_, index) => value.charCodeAt(index)),
        0,
      );
    default:
      break;
  }
  if (value === null) return 0;
  if (Array.isArray(value)) return ofParts(value.map(hashCode), 1);
  const members = Object.entries(value as object).map(([key, member]) => hashCode(key) ^ hashCode(member));
  return members.reduce((sum, hash) => (sum + hash) | 0, 0);
}

const ofParts = (parts: readonly number[], start: number): number =>
  parts.reduce((hash, part) => (Math.imul(hash, 31) + part) | 0, start);

/** An Integer is its own hash, a Long its two halves; a BigInteger has those of its digits to the base of 2 ** 32. */
function ofWhole(value: bigint): number {
  const low = Number(BigInt.asIntN(32, value));
  if (BigInt(low) === value) return low;
  if (BigInt.asIntN(64, value) === value) return low ^ Number(BigInt.asIntN(32, value >> 32n));
  const digits: number[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 32n) {
    digits.unshift(Number(BigInt.asIntN(32, rest)));
  }
  const hash = ofParts(digits, 0);
  return value < 0n ? -hash | 0 : hash;
}

function ofDouble(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getInt32(0) ^ view.getInt32(4);
}
