/** JSON whose whole numbers keep their digits, as on AWS: one that a double cannot hold is a BigInt. Fractions are doubles. */
import { parse, stringify as stringifyAny } from 'lossless-json';

/** With fewer digits a whole number fits into a double. Found in some texts, too, which then are parsed for nothing; in no ARN or hash. */
const LONG = /(?:^|[\s:,[-])\d{16}/;
const WHOLE = /^-?\d+$/;

/** Whether there is any BigInt: nearly always there is none, and nothing needs to look for it. */
let isSeen = false;

/** Throws a SyntaxError. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!LONG.test(text)) return value;
  return parse(text, undefined, { parseNumber, onDuplicateKey: ({ newValue }) => newValue });
}

function parseNumber(text: string): number | bigint {
  const number = Number(text);
  if (!WHOLE.test(text) || Number.isSafeInteger(number)) return number;
  isSeen = true;
  return BigInt(text);
}

export function stringifyJson(value: unknown): string {
  if (!isSeen) return JSON.stringify(value);
  try {
    return JSON.stringify(value);
  } catch {
    return stringifyAny(value)!;
  }
}

/** The same with doubles only, for whoever knows no other numbers. */
export function withDoubles<T>(value: T): T {
  return isSeen ? (copy(value) as T) : value;
}

function copy(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(copy);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copy(member)]));
}

export const isNumber = (value: unknown): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

/** Of a number and a BigInt, too. */
export const isSame = (left: unknown, right: unknown): boolean =>
  left === right ||
  (typeof left !== typeof right && isNumber(left) && isNumber(right) && left <= right && left >= right);

export const isWhole = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || Number.isInteger(value);
