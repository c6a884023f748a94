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
export const withDoubles = <T>(value: T): T => (isSeen ? (change(value, Number) as T) : value);

/** The same as JSONata on AWS has it: what does not fit into a long either is a double. */
export const withLongs = <T>(value: T): T => (isSeen ? (change(value, long) as T) : value);

const long = (value: bigint): number | bigint => (BigInt.asIntN(64, value) === value ? value : Number(value));

/** With another number for each BigInt: the same object where nothing changes. */
function change(value: unknown, each: (value: bigint) => number | bigint): unknown {
  if (typeof value === 'bigint') return each(value);
  if (value === null || typeof value !== 'object') return value;
  let copy: Record<string, unknown> | undefined;
  for (const [key, member] of Object.entries(value)) {
    const other = change(member, each);
    if (other === member) continue;
    copy ??= (Array.isArray(value) ? value.slice() : { ...value }) as Record<string, unknown>;
    copy[key] = other;
  }
  return copy ?? value;
}

export function hasBigInt(value: unknown): boolean {
  if (!isSeen) return false;
  if (typeof value === 'bigint') return true;
  return value !== null && typeof value === 'object' && Object.values(value).some(hasBigInt);
}

export const isNumber = (value: unknown): value is number | bigint =>
  typeof value === 'number' || typeof value === 'bigint';

/** Of a number and a BigInt, too. */
export const isSame = (left: unknown, right: unknown): boolean =>
  left === right ||
  (typeof left !== typeof right && isNumber(left) && isNumber(right) && left <= right && left >= right);

export const isWhole = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || Number.isInteger(value);
