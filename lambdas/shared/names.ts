/** Names that several tasks of a run must agree on. */
import { createHash } from 'node:crypto';
import type { Run } from '../../lib/tasks/common';

/** The pipeline's own schema in each database: load ledger, staging tables, procedures. Owned by the user of the same name. */
export function pipelineSchema(pipeline: string): string {
  return `stepwell_${pipeline.replaceAll('-', '_')}`;
}

export const pipelineUser = pipelineSchema;

/**
 * A name that needs no quotes, as aws_s3 takes it as text. PostgreSQL cuts identifiers at 63 bytes, so the table's name is cut
 * first; the hash keeps the rest apart.
 */
export function stagingTable(run: Run, sinkId: string, table: string): string {
  const readable = table
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_')
    .slice(0, 40);
  return `stg_${readable}_${hash(`${run.loadKey}|${run.generation}|${run.executionArn}|${sinkId}`, 12)}`;
}

/** `schema.table` as the load ledger and messages write it. */
export function tableName(sink: { readonly schema: string; readonly table: string }): string {
  return `${sink.schema}.${sink.table}`;
}

/**
 * Rules and grants of a pipeline go by this prefix. It ends in a character that no pipeline's name has, so that `orders` never means
 * `orders-eu`.
 */
export function statementPrefix(pipeline: string): string {
  return `stepwell/${pipeline}/`;
}

/** The first `digits` hex digits of a SHA-256. */
export function hash(text: string, digits = 64): string {
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, digits);
}
