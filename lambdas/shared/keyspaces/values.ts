/** Values of a row, as DuckDB writes them as text, as the driver takes them. */
import { types } from 'cassandra-driver';
import type { ColumnType, KeyspacesSink } from '../../../lib/tasks/common';
import { MOST_TTL_SECONDS } from '../../../lib/tasks/keyspaces';
import type { RowTexts } from '../unfit';

/** Of a row that the table does not refuse. Times are in UTC, as `2026-01-05T14:00:00.123456Z` or to the millisecond. */
export function cqlValue(text: string, { type }: ColumnType): unknown {
  switch (type) {
    case 'bigint':
      return types.Long.fromString(text);
    case 'integer':
      return Number(text);
    case 'double':
      return Number(text.replace(/^(-?)inf$/i, '$1Infinity'));
    case 'decimal':
      return types.BigDecimal.fromString(text);
    case 'boolean':
      return text === 'true';
    case 'date':
      return types.LocalDate.fromString(text);
    case 'timestamp':
      return new Date(text);
    default:
      return text;
  }
}

/** Seconds for which the row is to live; 0: for ever. What has expired already lives for one. */
export function timeToLive(row: RowTexts, { ttl }: Pick<KeyspacesSink, 'ttl'>, nowMs: number): number {
  const text = ttl === undefined ? undefined : row[ttl];
  if (text === null || text === undefined) return 0;
  return Math.min(MOST_TTL_SECONDS, Math.max(1, Math.ceil((Date.parse(text) - nowMs) / 1000)));
}
