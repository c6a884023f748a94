/** What an aggregate keeps of a column's values, in the texts that rows have. */
import type { ColumnType } from '../../../lib/tasks/common';
import type { AggregateKind } from '../../../lib/tasks/stream';

/** Of all values so far with one more; NULL changes nothing, and of nothing all but a count are NULL. */
export function folded(
  how: AggregateKind,
  before: string | null,
  value: string | null,
  type: ColumnType,
): string | null {
  if (how === 'countOf') return String(Number(before ?? 0) + (value === null ? 0 : 1));
  if (how === 'sum') return plus(before, value, type);
  if (value === null || before === null) return before ?? value;
  const order = compared(value, before, type);
  return (how === 'min' ? order < 0 : order > 0) ? value : before;
}

/** Texts of days and times are in the order of time: all of them are of years with four digits. */
function compared(a: string, b: string, { type }: ColumnType): number {
  if (type === 'double') return double(a) - double(b);
  if (type === 'date' || type === 'timestamp') return a < b ? -1 : Number(a > b);
  const scale = Math.max(scaleOf(a), scaleOf(b));
  const [left, right] = [scaled(a, scale), scaled(b, scale)];
  return left < right ? -1 : Number(left > right);
}

/** Whole numbers and decimals are added exactly, however long the sum gets. */
function plus(sum: string | null, value: string | null, { type }: ColumnType): string | null {
  if (value === null) return sum;
  if (sum === null) return type === 'double' ? String(double(value)) : value;
  return type === 'double' ? String(double(sum) + double(value)) : plusExactly(sum, value);
}

const double = (text: string): number => Number(text.replace(/^(-?)inf$/, '$1Infinity'));

function plusExactly(a: string, b: string): string {
  const scale = Math.max(scaleOf(a), scaleOf(b));
  const sum = scaled(a, scale) + scaled(b, scale);
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return sum < 0n ? `-${text}` : text;
}

const scaleOf = (text: string): number => (text.split('.')[1] ?? '').length;

function scaled(text: string, scale: number): bigint {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(`${whole}${fraction.padEnd(scale, '0')}`);
}
