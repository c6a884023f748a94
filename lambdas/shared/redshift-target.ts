/** How a target in Redshift, and its side table, are made. */
import type { OutputColumn, RedshiftSink } from '../../lib/tasks/common';
import { redshiftColumn, redshiftStagingType } from './redshift-columns';
import { addedColumns, sideTable } from './side-table';
import { identifier, identifiers, qualified } from './sql';

/** `schema`: of the pipeline's own tables. `more`: columns that the input has brought along. */
export function targetDdl(sink: RedshiftSink, schema: string, more: readonly OutputColumn[] = []): string[] {
  const columns = sink.evolve ? [...sink.columns, ...more] : sink.columns;
  const side = sideTable(sink, columns);
  const target = qualified(sink.schema, sink.table);
  return [
    `CREATE TABLE IF NOT EXISTS ${target} (${[...columns, ...addedColumns(sink)].map(redshiftColumn).join(', ')})${distribution(sink)}${sorting(sink)}`,
    ...(side
      ? [
          `CREATE TABLE IF NOT EXISTS ${qualified(schema, side.name)} (${side.columns.map(stagedColumn).join(', ')})${distribution(sink, side)}`,
        ]
      : []),
  ];
}

/** Documents stay text until they come to the target. */
function stagedColumn(column: OutputColumn): string {
  return `${identifier(column.name)} ${redshiftStagingType(column.type)}${column.nullable ? '' : ' NOT NULL'}`;
}

export function distribution(sink: RedshiftSink, of: { readonly columns: readonly OutputColumn[] } = sink): string {
  const known = of.columns.some(({ name }) => name === sink.distKey);
  return sink.distKey === undefined || !known ? '' : ` DISTSTYLE KEY DISTKEY (${identifier(sink.distKey)})`;
}

function sorting(sink: RedshiftSink): string {
  return sink.sortKey === undefined || sink.sortKey.length === 0 ? '' : ` SORTKEY (${identifiers(sink.sortKey)})`;
}
