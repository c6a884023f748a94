/** Contract types in PostgreSQL. */
import type { ColumnType, OutputColumn } from '../../lib/tasks/common';
import { identifier, identifiers, qualified } from './sql';

export function postgresType(type: ColumnType): string {
  switch (type.type) {
    case 'bigint':
    case 'integer':
    case 'boolean':
    case 'date':
    case 'timestamp':
      return type.type;
    case 'decimal':
      return `numeric(${type.precision}, ${type.scale})`;
    case 'double':
      return 'double precision';
    case 'text':
      return type.length === undefined ? 'text' : `varchar(${type.length})`;
    case 'json':
      return 'jsonb';
  }
}

export function postgresColumn(column: OutputColumn): string {
  // `_arrival` is compared as bytes, whatever the database's collation makes of its punctuation.
  const collation = column.name === '_arrival' ? ' COLLATE "C"' : '';
  return `${identifier(column.name)} ${postgresType(column.type)}${collation}${column.nullable ? '' : ' NOT NULL'}`;
}

export function tableDdl(
  schema: string,
  table: string,
  columns: readonly OutputColumn[],
  primaryKey: readonly string[],
): string {
  const parts = [
    ...columns.map(postgresColumn),
    ...(primaryKey.length > 0 ? [`PRIMARY KEY (${identifiers(primaryKey)})`] : []),
  ];
  return `CREATE TABLE IF NOT EXISTS ${qualified(schema, table)} (${parts.join(', ')})`;
}
