/** Sums of a column's values, in the texts that rows have. */
import type { ColumnType } from '../../../lib/tasks/common';

/** NULL adds nothing; a sum of nothing is NULL. Whole numbers and decimals are added exactly, however long the sum gets. */
export function plus(sum: string | null, value: string | null, { type }: ColumnType): string | null {
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
