/** What drivers and parsers give, as the text that the contract's rules judge: one set of rules for files and for rows. */
import { isUtf8 } from 'node:buffer';
import type { ColumnType } from '../../../lib/tasks/common';
import { show } from '../contract/judge-value';

/** A number that is kept as it was written, since a double would change it (lossless-json's `LosslessNumber`). */
export interface WrittenNumber {
  readonly isLosslessNumber: true;
  readonly value: string;
}

export const isWrittenNumber = (value: unknown): value is WrittenNumber =>
  typeof value === 'object' && value !== null && (value as Partial<WrittenNumber>).isLosslessNumber === true;

/** `reason`: completes "the value …". */
export type ValueText = { readonly text: string } | { readonly reason: string };

export function textOf(value: unknown, type: ColumnType): ValueText {
  switch (typeof value) {
    case 'string':
      return { text: value };
    case 'number':
      return textOfNumber(value, type);
    case 'bigint':
    case 'boolean':
      return { text: String(value) };
    case 'object':
      return textOfObject(value as object, type);
    default:
      return { reason: `a ${typeof value} is not a value` };
  }
}

function textOfNumber(value: number, type: ColumnType): ValueText {
  if (!Number.isFinite(value)) return { reason: `${value} is not a number` };
  const isExact = type.type === 'integer' || type.type === 'bigint' || type.type === 'decimal';
  if (isExact && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    return { reason: `${value} is larger than 2^53, where a floating-point number loses digits` };
  }
  return { text: type.type === 'double' ? String(value) : withoutExponent(String(value)) };
}

function textOfObject(value: object, type: ColumnType): ValueText {
  if (isWrittenNumber(value)) return { text: type.type === 'double' ? value.value : withoutExponent(value.value) };
  if (value instanceof Date) return textOfDate(value, type);
  if (value instanceof Uint8Array) {
    if (type.type === 'boolean' && value.length === 1 && value[0]! <= 1) return { text: String(value[0]) };
    return isUtf8(value)
      ? { text: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString() }
      : { reason: `the value is ${value.length} bytes that are not UTF-8 text` };
  }
  const text = jsonText(value);
  return { reason: `${show(text)} is ${Array.isArray(value) ? 'an array' : 'an object'}; the column is ${type.type}` };
}

function textOfDate(value: Date, type: ColumnType): ValueText {
  if (Number.isNaN(value.getTime())) return { reason: 'the value is not a time of the calendar' };
  const text = value.toISOString();
  if (type.type !== 'date') return { text };
  return text.endsWith('T00:00:00.000Z')
    ? { text: text.slice(0, 10) }
    : { reason: `${show(text)} is not a date but a time` };
}

/** `1.5e-7` is `0.00000015`: the same number, in the spelling that the rules know. */
function withoutExponent(text: string): string {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(text);
  if (!match) return text;
  const [, sign, whole = '', fraction = ''] = match;
  const shift = Number(match[4]);
  // Nothing so long fits any column; its own spelling says more.
  if (Math.abs(shift) > 100) return text;
  const digits = whole + fraction;
  const point = whole.length + shift;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${'0'.repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** As JSON: numbers in all their digits, bytes as base64 text, sets as arrays. */
export function jsonText(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'bigint':
      return String(value);
    case 'object':
      return jsonOfObject(value);
    default:
      return 'null';
  }
}

function jsonOfObject(value: object): string {
  if (isWrittenNumber(value)) return value.value;
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`;
  if (value instanceof Date) return JSON.stringify(value);
  if (value instanceof Set) return jsonOfObject([...value]);
  if (value instanceof Map) return jsonOfObject(Object.fromEntries(value));
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`).join(',')}}`;
}
