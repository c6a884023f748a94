/** The SQL that fills a staging table in Redshift: one batch, one transaction. */
import type { OutputColumn, RedshiftSink } from '../../lib/tasks/common';
import { redshiftStagingType, redshiftType } from '../shared/redshift-columns';
import { distribution, targetDdl } from '../shared/redshift-target';
import { addedColumns, sideTable } from '../shared/side-table';
import { identifier, identifiers, plainLiteral, qualified } from '../shared/sql';

export interface LoadBatch {
  readonly sink: RedshiftSink;
  /** schema of the pipeline's own tables */
  readonly schema: string;
  readonly staging: string;
  /** columns of the input beyond the sink's */
  readonly newColumns: readonly OutputColumn[];
  /** names of the target's columns as they are now; undefined: the table does not exist */
  readonly existing?: readonly string[] | undefined;
  /** the same of the side table */
  readonly existingBeside?: readonly string[] | undefined;
  /** one COPY for each set of columns that the parts have */
  readonly copies: readonly { readonly columns: readonly string[]; readonly manifestUrl: string }[];
  readonly copyRoleArn: string;
}

/**
 * The target's DDL comes last: ALTER TABLE locks out every reader until the transaction ends, which would be as long as COPY takes.
 * Redshift has no ADD COLUMN IF NOT EXISTS, so the caller looks at the target first; who loses the race to add one retries.
 */
export function loadBatch(batch: LoadBatch): string[] {
  const { sink, schema, staging } = batch;
  const columns = [...sink.columns, ...batch.newColumns];
  const target = qualified(sink.schema, sink.table);
  const targetColumns = [...sink.columns, ...(sink.evolve ? batch.newColumns : []), ...addedColumns(sink)];
  const missing = batch.existing ? targetColumns.filter((column) => !has(batch.existing!, column.name)) : [];
  const side = sideTable(sink, sink.evolve ? columns : sink.columns);
  const beside = side && qualified(schema, side.name);
  const missingBeside =
    batch.existingBeside && side ? side.columns.filter((column) => !has(batch.existingBeside!, column.name)) : [];
  return [
    `DROP TABLE IF EXISTS ${qualified(schema, staging)}`,
    `CREATE TABLE ${qualified(schema, staging)} (${columns
      .map((column) => `${identifier(column.name)} ${redshiftStagingType(column.type)}`)
      .join(', ')})${distribution(sink)}`,
    ...batch.copies.map(
      (copy) =>
        `COPY ${qualified(schema, staging)} (${identifiers(copy.columns)}) FROM ${plainLiteral(copy.manifestUrl)} ` +
        `IAM_ROLE ${plainLiteral(batch.copyRoleArn)} FORMAT AS PARQUET MANIFEST`,
    ),
    ...targetDdl(sink, schema, batch.newColumns),
    ...missingBeside.map(
      (column) => `ALTER TABLE ${beside} ADD COLUMN ${identifier(column.name)} ${redshiftStagingType(column.type)}`,
    ),
    ...missing.map(
      (column) => `ALTER TABLE ${target} ADD COLUMN ${identifier(column.name)} ${redshiftType(column.type)}`,
    ),
  ];
}

/** Redshift folds names to lower case, quoted ones too. */
function has(existing: readonly string[], name: string): boolean {
  return existing.some((other) => other.toLowerCase() === name.toLowerCase());
}
