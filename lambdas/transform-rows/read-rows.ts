/** Rows of staged Parquet as a row function gets them, a chunk at a time: memory does not grow with their number. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ColumnType, OutputColumn } from '../../lib/tasks/common';
import { quoteName } from '../shared/duckdb';

export type Row = Readonly<Record<string, unknown>>;

export async function* readRows(
  connection: DuckDBConnection,
  relation: string,
  columns: readonly OutputColumn[],
): AsyncGenerator<Row[]> {
  const selected = columns.map(({ name, type }) => `${given(quoteName(name), type)} AS ${quoteName(name)}`);
  const result = await connection.stream(`SELECT ${selected.join(', ')} FROM ${quoteName(relation)}`);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    const values = chunk.getColumns();
    const rows: Row[] = [];
    for (let at = 0; at < chunk.rowCount; at++) {
      const row: Record<string, unknown> = {};
      for (let index = 0; index < columns.length; index++) row[columns[index]!.name] = values[index]![at];
      rows.push(row);
    }
    yield rows;
  }
}

/** What JavaScript has no exact value for comes as text, which the contract takes back as it is. */
function given(column: string, type: ColumnType): string {
  switch (type.type) {
    case 'decimal':
    case 'date':
    case 'json':
      return `CAST(${column} AS VARCHAR)`;
    case 'timestamp':
      return `strftime(${column}, '%Y-%m-%dT%H:%M:%S.%fZ')`;
    default:
      return column;
  }
}
