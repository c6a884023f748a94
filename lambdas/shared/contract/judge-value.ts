/**
 * Says whether a text is a value of a contract's type, and how DuckDB must read it. DuckDB's own casts are too kind to be
 * trusted with a contract: they take 1.5 as the integer 2, 1.239 as 1.24, 0x10 as 16, and drop a timestamp's offset.
 */
import type { ColumnType, ContractColumn } from '../../../lib/tasks/common';
import { judgeDate, judgeTimestamp } from './judge-time';

/** `value`: the one spelling that DuckDB reads in one way. `reason`: completes "the value …". */
export type Judgement = { readonly value: string } | { readonly reason: string };

const WHOLE = /^([+-]?)0*(\d+)(?:\.0*)?$/;
const DECIMAL = /^([+-]?)(?=\.?\d)0*(\d*)(?:\.(\d*?)0*)?$/;
const FLOATING = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const BOOLEANS: Readonly<Record<string, string>> = {
  true: 'true',
  t: 'true',
  yes: 'true',
  y: 'true',
  1: 'true',
  false: 'false',
  f: 'false',
  no: 'false',
  n: 'false',
  0: 'false',
};

/** `mostBytes`: of a text or a JSON document, where a target takes no longer ones. */
export function judgeValue(type: ColumnType, text: string, mostBytes?: number): Judgement {
  switch (type.type) {
    case 'text':
      return judgeText(text, type.length, mostBytes);
    case 'integer':
      return judgeWhole(text, 2n ** 31n, 'integer');
    case 'bigint':
      return judgeWhole(text, 2n ** 63n, 'bigint');
    case 'decimal':
      return judgeDecimal(text.trim(), type.precision, type.scale);
    case 'double': {
      const trimmed = text.trim();
      if (!FLOATING.test(trimmed)) return { reason: `${show(text)} is not a number` };
      return Number.isFinite(Number(trimmed))
        ? { value: trimmed }
        : { reason: `${show(text)} is out of range of double` };
    }
    case 'boolean': {
      const value = BOOLEANS[text.trim().toLowerCase()];
      return value ? { value } : { reason: `${show(text)} is not a boolean (true, false, yes, no, 1 or 0)` };
    }
    case 'date':
      return judgeDate(text);
    case 'timestamp':
      return judgeTimestamp(text, type.timezone);
    case 'json':
      return judgeJson(text, mostBytes);
  }
}

function judgeText(text: string, length: number | undefined, mostBytes: number | undefined): Judgement {
  if (text.includes('\0')) return { reason: 'the text has a NUL character, which no database stores' };
  if (!isWellFormed(text)) return { reason: 'the text has half a surrogate pair, which UTF-8 cannot hold' };
  if (length !== undefined && text.length > length) {
    const characters = [...text].length;
    if (characters > length) return { reason: `the text has ${characters} characters, the column takes ${length}` };
  }
  return tooLong('text', text, mostBytes) ?? { value: text };
}

function tooLong(what: string, text: string, mostBytes: number | undefined): Judgement | undefined {
  // Three bytes for each UTF-16 unit at most.
  if (mostBytes === undefined || text.length * 3 <= mostBytes) return undefined;
  const bytes = Buffer.byteLength(text);
  return bytes > mostBytes ? { reason: `the ${what} has ${bytes} bytes, Redshift takes ${mostBytes}` } : undefined;
}

/** Every surrogate has its other half. In Node.js since 20, not in the type library of ES2023. */
export const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();

function judgeWhole(text: string, bound: bigint, name: string): Judgement {
  const match = WHOLE.exec(text.trim());
  if (!match) return { reason: `${show(text)} is not a whole number` };
  const value = BigInt(match[2]!) * (match[1] === '-' ? -1n : 1n);
  return value < bound && value >= -bound
    ? { value: String(value) }
    : { reason: `${show(text)} is out of range of ${name}` };
}

/** A value that would have to be rounded is not that value: money must not change on the way in. */
function judgeDecimal(text: string, precision: number, scale: number): Judgement {
  const match = DECIMAL.exec(text);
  if (!match) return { reason: `${show(text)} is not a decimal number` };
  const [, sign, whole = '', fraction = ''] = match;
  if (fraction.length > scale) {
    return { reason: `${show(text)} has more decimals than decimal(${precision},${scale}) takes` };
  }
  if (whole.length > precision - scale)
    return { reason: `${show(text)} is out of range of decimal(${precision},${scale})` };
  return { value: `${sign === '-' ? '-' : ''}${whole || '0'}${fraction ? `.${fraction}` : ''}` };
}

/** The deepest that Redshift's SUPER takes. */
const DEEPEST_JSON = 1000;

function judgeJson(text: string, mostBytes: number | undefined): Judgement {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { reason: `${show(text)} is not JSON` };
  }
  const fault = jsonFault(parsed, 0);
  return fault ? { reason: `${show(text)} ${fault}` } : (tooLong('document', text, mostBytes) ?? { value: text });
}

/** JSON that no target stores, or that one of them would store as something else. */
export function jsonFault(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'has a NUL character, which no database stores';
    return isWellFormed(value) ? undefined : 'has half a surrogate pair, which UTF-8 cannot hold';
  }
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'has a number out of range of double';
  // Bytes are written as base64.
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return undefined;
  if (depth >= DEEPEST_JSON) return `is nested more than ${DEEPEST_JSON} levels deep`;
  const written = value as { isLosslessNumber?: boolean; value?: string };
  if (written.isLosslessNumber) return jsonFault(Number(written.value), depth);
  if (Array.isArray(value) || value instanceof Set) {
    for (const item of value) {
      const fault = jsonFault(item, depth + 1);
      if (fault) return fault;
    }
    return undefined;
  }
  for (const [name, member] of Object.entries(value instanceof Map ? Object.fromEntries(value) : value)) {
    const fault = jsonFault(name, depth) ?? jsonFault(member, depth + 1);
    if (fault) return fault;
  }
  return undefined;
}

export const isNullable = ({ nullable, key }: ContractColumn): boolean => nullable && !key;

export function explainNull({ key }: ContractColumn): string {
  return key ? 'the key is empty' : 'the value is empty, and the column may not be NULL';
}

const SHOWN_CHARACTERS = 60;

export function show(text: string): string {
  const characters = [...text];
  return `'${characters.length > SHOWN_CHARACTERS ? `${characters.slice(0, SHOWN_CHARACTERS).join('')}…` : text}'`;
}
