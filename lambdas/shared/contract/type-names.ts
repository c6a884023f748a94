/** Types as a person writes and reads them. */
import type { ColumnType } from '../../../lib/tasks/common';
import { judgeValue } from './judge-value';

/** `decimal(12,2)`, `text(20)`, `bigint` */
export function typeName(type: ColumnType): string {
  if (type.type === 'decimal') return `decimal(${type.precision},${type.scale})`;
  return type.type === 'text' && type.length !== undefined ? `text(${type.length})` : type.type;
}

/** From the narrowest to the widest. */
const CANDIDATES: readonly (readonly [name: string, type: ColumnType])[] = [
  ['whole number', { type: 'bigint' }],
  ['number', { type: 'double' }],
  ['date', { type: 'date' }],
  ['timestamp', { type: 'timestamp' }],
];
const TRUTHS = new Set(['true', 'false', 'yes', 'no']);

/** What values look like; undefined for none. */
export function guessType(texts: readonly string[]): string | undefined {
  const values = texts.map((text) => text.trim()).filter((text) => text !== '');
  if (values.length === 0) return undefined;
  if (values.every((value) => value.startsWith('{'))) return 'JSON object';
  if (values.every((value) => value.startsWith('['))) return 'JSON array';
  if (values.every((value) => TRUTHS.has(value.toLowerCase()))) return 'boolean';
  const fitting = CANDIDATES.find(([, type]) => values.every((value) => 'value' in judgeValue(type, value)));
  return fitting?.[0] ?? 'text';
}
