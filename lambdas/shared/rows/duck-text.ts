/** Values in the one spelling that the contract's rules give, as DuckDB writes them as text, and as a row function gets them. */
import type { ColumnType } from '../../../lib/tasks/common';

/** As `CAST … AS VARCHAR` writes it, and times as tables without types of their own keep them. */
export function duckText(judged: string, type: ColumnType): string {
  switch (type.type) {
    case 'timestamp':
      return timestampText(judged);
    case 'decimal':
      return decimalText(judged, type.scale);
    case 'double':
      return String(Number(judged));
    default:
      return judged;
  }
}

/** As rows of staged Parquet have it: what JavaScript has no exact value for stays text. */
export function duckValue(text: string, type: ColumnType): unknown {
  switch (type.type) {
    case 'bigint':
      return BigInt(text);
    case 'integer':
    case 'double':
      return Number(text);
    case 'boolean':
      return text === 'true';
    default:
      return text;
  }
}

/** `2026-01-31 12:00:00.5` is `2026-01-31T12:00:00.500000Z`. */
function timestampText(judged: string): string {
  const [seconds, fraction = ''] = judged.split('.');
  return `${seconds!.replace(' ', 'T')}.${fraction.padEnd(6, '0')}Z`;
}

function decimalText(judged: string, scale: number): string {
  const [whole, fraction = ''] = judged.split('.');
  const text = scale === 0 ? whole! : `${whole}.${fraction.padEnd(scale, '0')}`;
  return /^-[0.]+$/.test(text) ? text.slice(1) : text;
}
