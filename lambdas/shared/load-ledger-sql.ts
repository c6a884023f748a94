/**
 * SQL on the load ledger (`<pipeline's schema>.loads`), the table in each target database that says which loads it holds.
 * The same text for PostgreSQL and Redshift.
 */
import type { Run } from '../../lib/tasks/common';
import { integer, literal, qualified } from './sql';

export interface LedgerRow {
  readonly schema: string;
  readonly run: Run;
  /** `schema.table` of the target */
  readonly table: string;
}

export const LOADS = 'loads';

/** SQLSTATE of "staged rows and manifests disagree"; class SW is not used by PostgreSQL. */
export const ROWS_DO_NOT_RECONCILE = 'SW001';

/** Columns of the load ledger: one row for each load, target table and generation. */
export const LOADS_COLUMNS = [
  'load_key varchar(256) NOT NULL',
  'table_name varchar(512) NOT NULL',
  'generation integer NOT NULL',
  'run_id varchar(128) NOT NULL',
  /** which statement wrote it: tells a publish that did the work from one that found it done */
  'published_by varchar(256) NOT NULL',
  '"rows" bigint NOT NULL',
  'arrival varchar(96) NOT NULL',
  'published_at timestamp NOT NULL',
] as const;

/** True where this load, in this generation or a later one, is in the target already. */
export function publishedCondition(row: LedgerRow): string {
  return `EXISTS (SELECT 1 FROM ${qualified(row.schema, LOADS)} WHERE ${ofThisLoad(row)})`;
}

export function publishedCount(row: LedgerRow): string {
  return `(SELECT COUNT(*) FROM ${qualified(row.schema, LOADS)} WHERE ${ofThisLoad(row)})`;
}

/**
 * True where a newer file has been published into the table. Only `replace` asks: an old version that arrives late must not
 * put the table back. Reprocessing is deliberate, so it never counts as late, unless it yields.
 */
export function overtakenCondition(row: LedgerRow): string | undefined {
  if (row.run.generation > 0 && !row.run.yields) return undefined;
  return (
    `EXISTS (SELECT 1 FROM ${qualified(row.schema, LOADS)} WHERE table_name = ${literal(row.table)} ` +
    `AND load_key <> ${literal(row.run.loadKey)} AND arrival > ${literal(row.run.arrival)})`
  );
}

/** `rows` is an SQL expression. */
export function insertLedgerRow(row: LedgerRow, rows: string, publishedBy: string, now: string): string {
  const { run } = row;
  const values = [
    literal(run.loadKey),
    literal(row.table),
    integer(run.generation),
    literal(run.runId),
    literal(publishedBy),
    rows,
    literal(run.arrival),
    now,
  ];
  return (
    `INSERT INTO ${qualified(row.schema, LOADS)} (load_key, table_name, generation, run_id, published_by, "rows", arrival, published_at) ` +
    `SELECT ${values.join(', ')} WHERE NOT ${publishedCondition(row)}`
  );
}

/** One row: `rows`, `published_by`. */
export function selectLedgerRow(row: LedgerRow): string {
  return `SELECT "rows", published_by FROM ${qualified(row.schema, LOADS)} WHERE ${ofThisLoad(row)} ORDER BY generation DESC LIMIT 1`;
}

function ofThisLoad({ run, table }: LedgerRow): string {
  return `load_key = ${literal(run.loadKey)} AND table_name = ${literal(table)} AND generation >= ${integer(run.generation)}`;
}
