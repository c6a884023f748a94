/** The SQL that moves staged rows into a Redshift table: one batch, one transaction. */
import {
  BOOKKEEPING_COLUMNS,
  type OutputColumn,
  type RedshiftSink,
  type Run,
  type WriteMode,
} from '../../lib/tasks/common';
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
import { type ReplacedInterval, replacedInterval } from '../shared/replaced-interval';
import { sideTable } from '../shared/side-table';
import { identifier, identifiers, integer, literal, qualified } from '../shared/sql';
import { arrivedAt } from './arrived-at';
import { overtakes } from './overtakes';
import { type Scd2, scd2, timestampLiteral } from './redshift-scd2';

export interface PublishBatch {
  readonly run: Run;
  readonly sink: RedshiftSink;
  readonly schema: string;
  readonly staging: string;
  readonly newColumns: readonly OutputColumn[];
  /** columns of the history (`scd2`) beyond the sink's, which loads have brought along so far */
  readonly knownColumns?: readonly OutputColumn[];
  /** rows that the manifests name; undefined: the rows are made in this transaction, of what other loads may have brought since */
  readonly rows: number | undefined;
  /** fills the staging table, for rows that are made here; sees what the publishers before this one committed */
  readonly fill?: readonly string[];
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
    ...(batch.fill ?? []),
    `DELETE FROM ${staging} WHERE ${publishedCondition(ledger)}`,
    ...(batch.rows === undefined
      ? []
      : [
          `SELECT 1 / CASE WHEN (SELECT COUNT(*) FROM ${staging}) = ${integer(batch.rows)} THEN 1 ` +
            `WHEN ${publishedCount(ledger)} > 0 THEN 1 ELSE 0 END AS rows_reconcile`,
        ]),
    ...move(batch, ledger, target, staging),
    ...(batch.rows === undefined ? [`DROP TABLE ${staging}`] : []),
    insertLedgerRow(ledger, rowsOfLoad(batch, target), batch.statement, 'GETDATE()'),
    selectLedgerRow(ledger),
  ];
}

/** No IF in a batch: a division by zero is what ends it, as where rows do not reconcile. */
export const endUnless = (condition: string): string =>
  `SELECT 1 / CASE WHEN ${condition} THEN 1 ELSE 0 END AS goes_on`;

/** Rows that are made here are of the newest state that there is, whichever load asks for them. */
const isNewest = ({ rows }: PublishBatch): boolean => rows === undefined;

function move(batch: PublishBatch, ledger: LedgerRow, target: string, staging: string): string[] {
  const { write } = batch.sink;
  const earlier = removeEarlierGeneration(batch, ledger, target);
  switch (write.mode) {
    case 'append':
      return [...earlier, `${insertInto(batch, target)} FROM ${staging} s`];
    case 'replace': {
      const interval = replacedInterval(batch.run, write);
      // Intervals do not overlap, so that no other load has these rows.
      const overtaken = interval || isNewest(batch) ? undefined : overtakenCondition(ledger);
      const unless = [publishedCondition(ledger), ...(overtaken ? [overtaken] : [])].map(
        (condition) => `NOT ${condition}`,
      );
      return [
        `DELETE FROM ${target} WHERE ${[...unless, ...(interval ? [within(interval)] : [])].join(' AND ')}`,
        `${insertInto(batch, target)} FROM ${staging} s${overtaken ? ` WHERE NOT ${overtaken}` : ''}`,
      ];
    }
    case 'merge': {
      const winners = identifier(`${batch.staging}_w`);
      const columns = identifiers(columnsOf(batch).map((column) => column.name));
      const keysMatch = (target: string, source: string) =>
        write.keys.map((key) => `${target}.${identifier(key)} = ${source}.${identifier(key)}`).join(' AND ');
      const own = identifier(batch.sink.table);
      const ranked =
        `CREATE TEMP TABLE ${winners} AS SELECT ${columns} FROM (SELECT ${columns}, ROW_NUMBER() OVER (PARTITION BY ${identifiers(write.keys)} ` +
        `ORDER BY ${precedence(batch, write)}) AS _rank FROM ${staging}) ranked WHERE _rank = 1`;
      if (write.deletedBy !== undefined)
        return [...earlier, ranked, ...mergeWithDeletes(batch, write, ledger, winners)];
      return [
        ...earlier,
        ranked,
        `DELETE FROM ${target} USING ${winners} w WHERE ${keysMatch(own, 'w')} AND (${overtakes({
          newestBy: write.newestBy,
          target: own,
          staged: 'w',
          arrival: arrivalFor(batch, own),
        })})`,
        `${insertInto(batch, target)} FROM ${winners} s WHERE NOT EXISTS (SELECT 1 FROM ${target} t WHERE ${keysMatch('t', 's')})`,
        `DROP TABLE ${winners}`,
      ];
    }
    case 'scd2':
      return moveIntoHistory(batch, write, ledger, target, staging);
  }
}

/**
 * Rows that the target, or an earlier deletion of the key, overtakes are dropped first. A deleted key is remembered with its arrival and
 * `newestBy`, so that an older row that comes late does not bring it back.
 */
function mergeWithDeletes(batch: PublishBatch, write: Merge, ledger: LedgerRow, winners: string): string[] {
  const { sink, run } = batch;
  const side = sideTable(sink, sink.columns)!;
  const target = qualified(sink.schema, sink.table);
  const deleted = qualified(batch.schema, side.name);
  const match = (one: string, other: string) =>
    write.keys.map((key) => `${one}.${identifier(key)} = ${other}.${identifier(key)}`).join(' AND ');
  const late = (alias: string) => {
    const order = { newestBy: write.newestBy, target: alias, staged: winners, arrival: arrivalFor(batch, alias) };
    return `${match(winners, alias)} AND CASE WHEN ${overtakes(order)} THEN 0 ELSE 1 END = 1`;
  };
  const kept = side.columns.map(({ name }) => name);
  const fromRow = kept.slice(0, -BOOKKEEPING_COLUMNS.length).map((name) => `s.${identifier(name)}`);
  const isDeleted = `COALESCE(s.${identifier(write.deletedBy!)}, FALSE)`;
  return [
    ...removeEarlierGeneration(batch, ledger, deleted),
    `DELETE FROM ${winners} USING ${target} t WHERE ${late('t')}`,
    `DELETE FROM ${winners} USING ${deleted} d WHERE ${late('d')}`,
    `DELETE FROM ${target} USING ${winners} w WHERE ${match(identifier(sink.table), 'w')}`,
    `DELETE FROM ${deleted} USING ${winners} w WHERE ${match(identifier(side.name), 'w')}`,
    `INSERT INTO ${deleted} (${identifiers(kept)}) SELECT ${[...fromRow, ...bookkeeping(run)].join(', ')} FROM ${winners} s WHERE ${isDeleted}`,
    `${insertInto(batch, target)} FROM ${winners} s WHERE NOT ${isDeleted}`,
    `DROP TABLE ${winners}`,
  ];
}

/** What the arrival of the row that is there is compared with. */
const arrivalFor = (batch: PublishBatch, there: string): string =>
  isNewest(batch) ? `${there}."_arrival"` : literal(batch.run.arrival);

function moveIntoHistory(
  batch: PublishBatch,
  write: Scd2['write'],
  ledger: LedgerRow,
  target: string,
  staging: string,
): string[] {
  const { sink, run } = batch;
  const side = sideTable(sink, sink.columns)!;
  const columns = columnsOf(batch);
  const earlier = `"_load_id" = ${literal(run.loadId)} AND NOT ${publishedCondition(ledger)}`;
  return scd2({
    write,
    target,
    staging,
    history: qualified(batch.schema, side.name),
    targetName: identifier(sink.table),
    historyName: identifier(side.name),
    temporary: (suffix) => `${batch.staging}_${suffix}`,
    columns,
    known: [
      ...columns,
      ...(batch.knownColumns ?? []).filter(({ name }) => !columns.some((column) => column.name === name)),
    ],
    precedence: precedence(batch, write),
    arrivedAt: timestampLiteral(arrivedAt(run)),
    loadId: literal(run.loadId),
    arrival: literal(run.arrival),
    isNewest: isNewest(batch),
    earlier: run.generation === 0 ? undefined : earlier,
  });
}

type Merge = Extract<WriteMode, { mode: 'merge' }>;

function within({ column, start, end }: ReplacedInterval): string {
  return `${identifier(column)} >= ${timestampLiteral(start)} AND ${identifier(column)} < ${timestampLiteral(end)}`;
}

/** Reprocessing replaces the load: rows that the new generation no longer has must go, too. */
function removeEarlierGeneration({ run }: PublishBatch, ledger: LedgerRow, target: string): string[] {
  if (run.generation === 0) return [];
  return [`DELETE FROM ${target} WHERE "_load_id" = ${literal(run.loadId)} AND NOT ${publishedCondition(ledger)}`];
}

function insertInto(batch: PublishBatch, target: string): string {
  const columns = columnsOf(batch);
  const names = [...columns, ...BOOKKEEPING_COLUMNS].map((column) => column.name);
  const values = [...columns.map((column) => fromRedshiftStaging(column, 's')), ...bookkeeping(batch.run)];
  return `INSERT INTO ${target} (${identifiers(names)}) SELECT ${values.join(', ')}`;
}

const bookkeeping = ({ loadId, arrival }: Run): string[] => [literal(loadId), 'GETDATE()', literal(arrival)];

/**
 * Which of several rows with one key wins within a load: the newest, then the one with the greatest values, column by column.
 * Redshift's COPY keeps no order of rows, so "the last in the file" does not exist there; this is at least the same in each attempt.
 */
function precedence(batch: PublishBatch, write: Merge | Scd2['write']): string {
  const first = [write.newestBy, 'deletedBy' in write ? write.deletedBy : undefined].filter(
    (name) => name !== undefined,
  );
  const others = columnsOf(batch)
    .map((column) => column.name)
    .filter((name) => !write.keys.includes(name) && !first.includes(name));
  return [...first, ...others, ...(first.length > 0 || others.length > 0 ? [] : write.keys)]
    .map((name) => `${identifier(name)} DESC NULLS LAST`)
    .join(', ');
}

function rowsOfLoad(batch: PublishBatch, target: string): string {
  return batch.sink.write.mode === 'append' && batch.rows !== undefined
    ? integer(batch.rows)
    : `(SELECT COUNT(*) FROM ${target} WHERE "_load_id" = ${literal(batch.run.loadId)})`;
}

function columnsOf(batch: PublishBatch): readonly OutputColumn[] {
  return [...batch.sink.columns, ...batch.newColumns];
}
