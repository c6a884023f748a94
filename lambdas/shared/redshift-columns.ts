/** Contract types in Redshift. */
import type { ColumnType, OutputColumn } from '../../lib/tasks/common';
import { identifier } from './sql';

/** VARCHAR(n) counts bytes here, and a character of UTF-8 has up to four. */
const MAX_VARCHAR_BYTES = 65_535;

export function redshiftType(type: ColumnType): string {
  switch (type.type) {
    case 'bigint':
      return 'BIGINT';
    case 'integer':
      return 'INTEGER';
    case 'decimal':
      return `NUMERIC(${type.precision}, ${type.scale})`;
    case 'double':
      return 'DOUBLE PRECISION';
    case 'text':
      return `VARCHAR(${type.length === undefined ? MAX_VARCHAR_BYTES : Math.min(type.length * 4, MAX_VARCHAR_BYTES)})`;
    case 'boolean':
      return 'BOOLEAN';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'json':
      return 'SUPER';
  }
}

/** COPY of Parquet cannot turn text into SUPER, so JSON is staged as text and parsed when it is published. */
export function redshiftStagingType(type: ColumnType): string {
  return type.type === 'json' ? `VARCHAR(${MAX_VARCHAR_BYTES})` : redshiftType(type);
}

/** A staged column as the target wants it. */
export function fromRedshiftStaging(column: OutputColumn, alias: string): string {
  const name = `${alias}.${identifier(column.name)}`;
  return column.type.type === 'json' ? `JSON_PARSE(${name})` : name;
}

export function redshiftColumn(column: OutputColumn): string {
  return `${identifier(column.name)} ${redshiftType(column.type)}${column.nullable ? '' : ' NOT NULL'}`;
}
