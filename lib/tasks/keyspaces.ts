/** What a table of Amazon Keyspaces, or of Cassandra, holds of a model's columns, and beside them. */
import type { ColumnType, OutputColumn } from './common';

/** CQL's type of a column. Of timestamps it keeps milliseconds; JSON is text. */
export function cqlType({ type }: ColumnType): string {
  switch (type) {
    case 'integer':
      return 'int';
    case 'json':
      return 'text';
    default:
      return type;
  }
}

/**
 * Columns of every row beside the model's: which version of the row it is (the condition of the next write), when its load was, and true
 * where the row only remembers that its key was deleted. Names in Keyspaces begin with a letter or a digit.
 */
export const CQL_BOOKKEEPING: readonly Pick<OutputColumn, 'name' | 'type'>[] = [
  { name: 'stepwell_version', type: { type: 'text' } },
  { name: 'stepwell_loaded_at', type: { type: 'timestamp' } },
  { name: 'stepwell_deleted', type: { type: 'boolean' } },
];

/** Bytes of the columns of a partition key together, of a clustering key, and of a row: quotas of Amazon Keyspaces. */
export const MOST_PARTITION_KEY_BYTES = 2048;
export const MOST_CLUSTERING_KEY_BYTES = 850;
export const MOST_ROW_BYTES = 1024 * 1024;
/** What a statement can set: fewer where rows expire. */
export const MOST_COLUMNS = 225;
export const MOST_COLUMNS_WITH_TTL = 166;
/** Seconds: 20 years. */
export const MOST_TTL_SECONDS = 630_720_000;
