/** What `load` in the database is told: which files to import into which table, and how that table and the target are made. */
import { HISTORY_COLUMNS, type Manifest, type OutputColumn, type PostgresSink, type Run } from '../../lib/tasks/common';
import { hash, pipelineSchema, stagingTable } from '../shared/names';
import { postgresType, tableDdl } from '../shared/postgres-columns';
import { addedColumns, madeForAnotherMode, type SideTable, sideTable } from '../shared/side-table';
import { identifier, identifiers, qualified } from '../shared/sql';
import { newColumns, rowsOf, stagedParts } from '../shared/staged-columns';

export interface LoadPlan {
  readonly staging: string;
  /** changes with whatever is to be imported: a load that finds its own digest is done */
  readonly digest: string;
  readonly stagingDdl: readonly string[];
  readonly parts: readonly {
    readonly bucket: string;
    readonly key: string;
    readonly region: string;
    /** column list, quoted */
    readonly columns: string;
  }[];
  readonly rows: number;
  readonly target: PlannedTable & {
    /** columns without which the target was made for another write mode, and what to say then */
    readonly required: readonly { readonly name: string; readonly otherwise: string }[];
  };
  /** the write mode's own table beside the target */
  readonly side: PlannedTable | null;
}

export interface PlannedTable {
  readonly schema: string;
  readonly table: string;
  readonly ddl: string;
  readonly widen: readonly { readonly name: string; readonly type: string }[];
}

export function loadPlan(input: {
  run: Run;
  sink: PostgresSink;
  manifests: readonly Manifest[];
  workBucket: string;
  region: string;
}): LoadPlan {
  const { run, sink, manifests } = input;
  const schema = pipelineSchema(run.pipeline);
  const staging = stagingTable(run, sink.id, sink.table);
  const columns = [...sink.columns, ...newColumns(sink, manifests)];
  const targetColumns = [...(sink.evolve ? columns : sink.columns), ...addedColumns(sink)];
  const side = sideTable(sink, sink.evolve ? columns : sink.columns);
  const parts = stagedParts(manifests, sink.model, 'csv').map(({ part, columns }) => ({
    bucket: input.workBucket,
    key: part.key,
    region: input.region,
    columns: identifiers(columns),
  }));
  return {
    staging,
    digest: hash(JSON.stringify([parts, columns])),
    stagingDdl: [
      `DROP TABLE IF EXISTS ${qualified(schema, staging)}`,
      // The import keeps the order of the rows; `_ordinal` remembers it, so that the last of several rows with one key can win.
      `CREATE TABLE ${qualified(schema, staging)} (${[
        ...columns.map((column) => `${identifier(column.name)} ${postgresType(column.type)}`),
        '_ordinal bigint GENERATED ALWAYS AS IDENTITY',
      ].join(', ')})`,
    ],
    parts,
    rows: rowsOf(manifests, sink.model),
    target: {
      schema: sink.schema,
      table: sink.table,
      ddl: tableDdl(sink.schema, sink.table, targetColumns, primaryKey(sink, side)),
      // A model that has a new column since its table was made widens it.
      widen: (sink.evolve ? columns : sink.columns).map(widening),
      required:
        sink.write.mode === 'scd2'
          ? HISTORY_COLUMNS.map(({ name }) => ({ name, otherwise: madeForAnotherMode(sink, name) }))
          : [],
    },
    side: side
      ? {
          schema,
          table: side.name,
          ddl: tableDdl(schema, side.name, side.columns, side.keys),
          widen: side.columns.map(widening),
        }
      : null,
  };
}

function primaryKey({ write }: PostgresSink, side: SideTable | undefined): readonly string[] {
  if (write.mode === 'scd2') return side!.keys;
  return write.mode === 'merge' ? write.keys : [];
}

const widening = ({ name, type }: OutputColumn) => ({ name, type: postgresType(type) });
