/** One row as an item of DynamoDB, and what DynamoDB would refuse of it. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { isLosslessNumber, parse } from 'lossless-json';
import type { ColumnType, DynamoSink, OutputColumn } from '../../../lib/tasks/common';
import { DELETED, GENERATION } from '../staged-items';
import { type RowTexts, Unfit } from '../unfit';

export type Item = Record<string, AttributeValue>;

const MOST_ITEM_BYTES = 400 * 1024;
const MOST_PARTITION_KEY_BYTES = 2048;
const MOST_SORT_KEY_BYTES = 1024;
const MOST_DIGITS = 38;
/** The exponents of the first digit. */
const LARGEST_EXPONENT = 125;
const SMALLEST_EXPONENT = -130;
const MOST_LEVELS = 32;
/** `_load_id`, `_loaded_at`, `_arrival` and `_generation`, which are added when it is published. */
const BOOKKEEPING_BYTES = 4 * 16 + 64 + 32 + 96 + 21 + GENERATION.length;

/**
 * NULL is no attribute at all. A row that tells of a deletion keeps its key and `newestBy` only.
 *
 * @throws {Unfit}
 */
export function itemOf(row: RowTexts, columns: readonly OutputColumn[], sink: DynamoSink): Item {
  const { key, write, ttl } = sink;
  const deleted = write.mode === 'merge' && write.deletedBy !== undefined && row[write.deletedBy] === 'true';
  const kept = deleted
    ? columns.filter(({ name }) => isKey(name, key) || (write.mode === 'merge' && name === write.newestBy))
    : columns;
  const item: Item = deleted ? { [DELETED]: { BOOL: true } } : {};
  let bytes = BOOKKEEPING_BYTES + (deleted ? DELETED.length + 1 : 0);
  for (const { name, type } of kept) {
    const text = row[name];
    if (text === null || text === undefined) {
      if (isKey(name, key)) throw new Unfit(name, 'is NULL, and an item has a key');
      continue;
    }
    const value = name === ttl ? expiryOf(text, name) : attributeOf(text, type, name);
    item[name] = value;
    const size = sizeOf(value);
    if (isKey(name, key)) refuseKey(name, value, size, key);
    bytes += Buffer.byteLength(name) + size;
  }
  if (bytes > MOST_ITEM_BYTES)
    throw new Unfit(undefined, `is an item of ${bytes} bytes, and DynamoDB takes ${MOST_ITEM_BYTES} at most`);
  return item;
}

const isKey = (name: string, { partitionKey, sortKey }: DynamoSink['key']): boolean =>
  name === partitionKey || name === sortKey;

function refuseKey(name: string, value: AttributeValue, bytes: number, { partitionKey }: DynamoSink['key']): void {
  if (value.S === '') throw new Unfit(name, 'is an empty text, which cannot be a key');
  const most = name === partitionKey ? MOST_PARTITION_KEY_BYTES : MOST_SORT_KEY_BYTES;
  if (value.S !== undefined && bytes > most)
    throw new Unfit(name, `is a key of ${bytes} bytes, and DynamoDB takes ${most} at most`);
}

/** A day or a time, in UTC, as whole seconds since 1970. @throws {Unfit} */
function expiryOf(text: string, name: string): AttributeValue {
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new Unfit(name, `is ${text}, and items expire in the years 0 to 9999`);
  return { N: String(Math.floor(time / 1000)) };
}

/** @throws {Unfit} */
export function attributeOf(text: string, type: ColumnType, name: string): AttributeValue {
  switch (type.type) {
    case 'bigint':
    case 'integer':
    case 'decimal':
    case 'double':
      return { N: numberOf(text, name) };
    case 'boolean':
      return { BOOL: text === 'true' };
    case 'json':
      return documentOf(parsed(text, name), name, 1);
    case 'timestamp':
      if (!/^\d{4}-/.test(text))
        throw new Unfit(name, `is ${text}, and times are kept as texts of the years 0 to 9999`);
      return { S: text };
    default:
      return { S: text };
  }
}

/** As DynamoDB can hold it: 38 digits, from 1E-130 to 9.99E+125. */
function numberOf(text: string, name: string): string {
  const match = /^[+-]?(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) throw new Unfit(name, `is ${text}, which is no number in DynamoDB`);
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const digits = `${whole}${fraction}`.replace(/^0+/, '').replace(/0+$/, '');
  if (digits === '') return '0';
  const leading = whole.replace(/^0+/, '');
  const first = Number(exponent) + (leading === '' ? -(/^0*/.exec(fraction)![0].length + 1) : leading.length - 1);
  if (digits.length > MOST_DIGITS)
    throw new Unfit(name, `holds a number of ${digits.length} digits, and DynamoDB keeps ${MOST_DIGITS}`);
  if (first > LARGEST_EXPONENT || first < SMALLEST_EXPONENT)
    throw new Unfit(name, `is ${text}, and DynamoDB's numbers are from 1E-130 to 9.99E+125`);
  return text;
}

function parsed(text: string, name: string): unknown {
  try {
    return parse(text, undefined, { onDuplicateKey: ({ newValue }) => newValue });
  } catch {
    throw new Unfit(name, 'is no JSON document');
  }
}

function documentOf(value: unknown, name: string, level: number): AttributeValue {
  if (level > MOST_LEVELS) throw new Unfit(name, `is nested deeper than DynamoDB's ${MOST_LEVELS} levels`);
  if (value === null) return { NULL: true };
  if (isLosslessNumber(value)) return { N: numberOf(value.value, name) };
  if (typeof value === 'string') return { S: value };
  if (typeof value === 'boolean') return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map((one) => documentOf(one, name, level + 1)) };
  const members = Object.entries(value as object).map(([member, one]) => [member, documentOf(one, name, level + 1)]);
  return { M: Object.fromEntries(members) };
}

/** As DynamoDB counts it, and no less. */
function sizeOf(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.min(21, Math.ceil(value.N.replace(/\D/g, '').length / 2) + 2);
  if (value.L !== undefined) return 3 + value.L.reduce((sum, one) => sum + 1 + sizeOf(one), 0);
  if (value.M !== undefined)
    return 3 + Object.entries(value.M).reduce((sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + sizeOf(one), 0);
  return 1;
}
