/** What `load` in the database is told: which files to import into which table, and how that table and the target are made. */
import { BOOKKEEPING_COLUMNS, type Manifest, type PostgresSink, type Run } from '../../lib/tasks/common';
import { hash, pipelineSchema, stagingTable } from '../shared/names';
import { postgresColumn, postgresType } from '../shared/postgres-columns';
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
  readonly target: {
    readonly schema: string;
    readonly table: string;
    readonly ddl: string;
    readonly widen: readonly { readonly name: string; readonly type: string }[];
  };
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
  const targetColumns = [...(sink.evolve ? columns : sink.columns), ...BOOKKEEPING_COLUMNS];
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
      ddl: `CREATE TABLE IF NOT EXISTS ${qualified(sink.schema, sink.table)} (${[
        ...targetColumns.map(postgresColumn),
        ...(sink.write.mode === 'merge' ? [`PRIMARY KEY (${identifiers(sink.write.keys)})`] : []),
      ].join(', ')})`,
      widen: sink.evolve ? columns.map((column) => ({ name: column.name, type: postgresType(column.type) })) : [],
    },
  };
}
