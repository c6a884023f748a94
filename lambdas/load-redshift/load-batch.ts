/** The SQL that fills a staging table in Redshift: one batch, one transaction. */
import type { OutputColumn, RedshiftSink } from '../../lib/tasks/common';
import { redshiftStagingType } from '../shared/redshift-columns';
import { distribution, type ExistingColumns, targetDdl, wideningDdl } from '../shared/redshift-target';
import { identifier, identifiers, plainLiteral, qualified } from '../shared/sql';

export interface LoadBatch extends ExistingColumns {
  readonly sink: RedshiftSink;
  /** schema of the pipeline's own tables */
  readonly schema: string;
  readonly staging: string;
  /** columns of the input beyond the sink's */
  readonly newColumns: readonly OutputColumn[];
  /** one COPY for each set of columns that the parts have */
  readonly copies: readonly { readonly columns: readonly string[]; readonly manifestUrl: string }[];
  readonly copyRoleArn: string;
}

/** The target's DDL comes last: ALTER TABLE locks out every reader until the transaction ends, which would be as long as COPY takes. */
export function loadBatch(batch: LoadBatch): string[] {
  const { sink, schema, staging } = batch;
  const columns = [...sink.columns, ...batch.newColumns];
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
    ...wideningDdl(sink, schema, batch, batch.newColumns),
  ];
}
