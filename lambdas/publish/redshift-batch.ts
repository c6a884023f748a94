/** The SQL that moves staged rows into a Redshift table: one batch, one transaction. */
import { BOOKKEEPING_COLUMNS, type OutputColumn, type RedshiftSink, type Run } from '../../lib/tasks/common';
import {
  insertLedgerRow,
  type LedgerRow,
  LOADS,
  overtakenCondition,
  publishedCondition,
  publishedCount,
  selectLedgerRow,
} from '../shared/load-ledger-sql';
import { tableName } from '../shared/names';
import { fromRedshiftStaging } from '../shared/redshift-columns';
import { identifier, identifiers, integer, literal, qualified } from '../shared/sql';
import { overtakes } from './overtakes';

export interface PublishBatch {
  readonly run: Run;
  readonly sink: RedshiftSink;
  readonly schema: string;
  readonly staging: string;
  readonly newColumns: readonly OutputColumn[];
  /** rows that the manifests name */
  readonly rows: number;
  /** name of the statement, kept in the load ledger */
  readonly statement: string;
}

/**
 * LOCK comes first: Redshift takes its snapshot at the first statement that reads, so a publisher that waited here sees what the one
 * before it committed. Then the guard empties the staging table where the load is published already, and all the rest follows
 * from the staging table, as a batch cannot branch. The last statement answers with the load's row in the ledger.
 *
 * Conditional updates are DELETE and INSERT: Redshift's MERGE takes no condition beside the match, so it could not keep a newer row.
 */
export function publishBatch(batch: PublishBatch): string[] {
  const ledger: LedgerRow = { schema: batch.schema, run: batch.run, table: tableName(batch.sink) };
  const target = qualified(batch.sink.schema, batch.sink.table);
  const staging = qualified(batch.schema, batch.staging);
  return [
    `LOCK ${qualified(batch.schema, LOADS)}`,
    `DELETE FROM ${staging} WHERE ${publishedCondition(ledger)}`,
    // No IF in a batch: a division by zero is what ends it, and nothing else in here divides.
    `SELECT 1 / CASE WHEN (SELECT COUNT(*) FROM ${staging}) = ${integer(batch.rows)} THEN 1 ` +
      `WHEN ${publishedCount(ledger)} > 0 THEN 1 ELSE 0 END AS rows_reconcile`,
    ...move(batch, ledger, target, staging),
    insertLedgerRow(ledger, rowsOfLoad(batch, target), batch.statement, 'GETDATE()'),
    selectLedgerRow(ledger),
  ];
}

function move(batch: PublishBatch, ledger: LedgerRow, target: string, staging: string): string[] {
  const { write } = batch.sink;
  const earlier = removeEarlierGeneration(batch, ledger, target);
  switch (write.mode) {
    case 'append':
      return [...earlier, `${insertInto(batch, target)} FROM ${staging} s`];
    case 'replace': {
      const overtaken = overtakenCondition(ledger);
      const unless = [publishedCondition(ledger), ...(overtaken ? [overtaken] : [])].map(
        (condition) => `NOT ${condition}`,
      );
      return [
        `DELETE FROM ${target} WHERE ${unless.join(' AND ')}`,
        `${insertInto(batch, target)} FROM ${staging} s${overtaken ? ` WHERE NOT ${overtaken}` : ''}`,
      ];
    }
    case 'merge': {
      const winners = identifier(`${batch.staging}_w`);
      const columns = identifiers(columnsOf(batch).map((column) => column.name));
      const keysMatch = (target: string, source: string) =>
        write.keys.map((key) => `${target}.${identifier(key)} = ${source}.${identifier(key)}`).join(' AND ');
      const own = identifier(batch.sink.table);
      return [
        ...earlier,
        `CREATE TEMP TABLE ${winners} AS SELECT ${columns} FROM (SELECT ${columns}, ROW_NUMBER() OVER (PARTITION BY ${identifiers(write.keys)} ` +
          `ORDER BY ${precedence(batch)}) AS _rank FROM ${staging}) ranked WHERE _rank = 1`,
        `DELETE FROM ${target} USING ${winners} w WHERE ${keysMatch(own, 'w')} AND (${overtakes({
          newestBy: write.newestBy,
          target: own,
          staged: 'w',
          arrival: literal(batch.run.arrival),
        })})`,
        `${insertInto(batch, target)} FROM ${winners} s WHERE NOT EXISTS (SELECT 1 FROM ${target} t WHERE ${keysMatch('t', 's')})`,
        `DROP TABLE ${winners}`,
      ];
    }
  }
}

/** Reprocessing replaces the load: rows that the new generation no longer has must go, too. */
function removeEarlierGeneration({ run }: PublishBatch, ledger: LedgerRow, target: string): string[] {
  if (run.generation === 0) return [];
  return [`DELETE FROM ${target} WHERE "_load_id" = ${literal(run.loadId)} AND NOT ${publishedCondition(ledger)}`];
}

function insertInto(batch: PublishBatch, target: string): string {
  const columns = columnsOf(batch);
  const names = [...columns, ...BOOKKEEPING_COLUMNS].map((column) => column.name);
  const values = [
    ...columns.map((column) => fromRedshiftStaging(column, 's')),
    literal(batch.run.loadId),
    'GETDATE()',
    literal(batch.run.arrival),
  ];
  return `INSERT INTO ${target} (${identifiers(names)}) SELECT ${values.join(', ')}`;
}

/**
 * Which of several rows with one key wins within a load: the newest, then the one with the greatest values, column by column.
 * Redshift's COPY keeps no order of rows, so "the last in the file" does not exist there; this is at least the same in each attempt.
 */
function precedence(batch: PublishBatch): string {
  const { write } = batch.sink;
  if (write.mode !== 'merge') throw new Error('Only a merge has an order of precedence.');
  const others = columnsOf(batch)
    .map((column) => column.name)
    .filter((name) => !write.keys.includes(name) && name !== write.newestBy);
  return [
    ...(write.newestBy ? [write.newestBy] : []),
    ...others,
    ...(write.newestBy || others.length > 0 ? [] : write.keys),
  ]
    .map((name) => `${identifier(name)} DESC NULLS LAST`)
    .join(', ');
}

function rowsOfLoad(batch: PublishBatch, target: string): string {
  return batch.sink.write.mode === 'append'
    ? integer(batch.rows)
    : `(SELECT COUNT(*) FROM ${target} WHERE "_load_id" = ${literal(batch.run.loadId)})`;
}

function columnsOf(batch: PublishBatch): readonly OutputColumn[] {
  return [...batch.sink.columns, ...batch.newColumns];
}
