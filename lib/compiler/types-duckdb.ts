/** Column types of a contract as DuckDB's, and back. */
import type { ColumnType } from '../tasks/common';

export function toDuckDB(type: ColumnType): string {
  switch (type.type) {
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'text':
      return 'VARCHAR';
    default:
      return type.type.toUpperCase();
  }
}

const SIMPLE: Readonly<Record<string, ColumnType>> = {
  BIGINT: { type: 'bigint' },
  // sum() of integers: more than 64 bits is an error when the run casts it
  HUGEINT: { type: 'bigint' },
  UBIGINT: { type: 'bigint' },
  UINTEGER: { type: 'bigint' },
  INTEGER: { type: 'integer' },
  SMALLINT: { type: 'integer' },
  TINYINT: { type: 'integer' },
  USMALLINT: { type: 'integer' },
  UTINYINT: { type: 'integer' },
  DOUBLE: { type: 'double' },
  FLOAT: { type: 'double' },
  VARCHAR: { type: 'text' },
  UUID: { type: 'text', length: 36 },
  BOOLEAN: { type: 'boolean' },
  DATE: { type: 'date' },
  TIMESTAMP: { type: 'timestamp' },
  'TIMESTAMP WITH TIME ZONE': { type: 'timestamp' },
  TIMESTAMP_S: { type: 'timestamp' },
  TIMESTAMP_MS: { type: 'timestamp' },
  TIMESTAMP_NS: { type: 'timestamp' },
  JSON: { type: 'json' },
};

/** Undefined for a type that no target table can hold (lists, structs, intervals, blobs). */
export function fromDuckDB(type: string): ColumnType | undefined {
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(type);
  if (decimal) return { type: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) };
  if (type.startsWith('ENUM(')) return { type: 'text' };
  return SIMPLE[type];
}
