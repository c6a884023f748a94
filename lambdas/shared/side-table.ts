/**
 * A table of the pipeline's own beside the target, in the same database: what a write mode must remember so that loads may come in any
 * order. Changed in the transaction that publishes, like the target.
 */
import {
  BOOKKEEPING_COLUMNS,
  HISTORY_COLUMNS,
  type OutputColumn,
  type PostgresSink,
  type RedshiftSink,
} from '../../lib/tasks/common';
import { hash, tableName } from './names';

export interface SideTable {
  /** in the pipeline's schema */
  readonly name: string;
  readonly columns: readonly OutputColumn[];
  readonly keys: readonly string[];
}

/**
 * `scd2`: every state of a key that a load has told, one for each time, changed or not: an older state that comes late may part two
 * that were the same. `merge` with `deletedBy`: the keys that are deleted, so that an older row that comes late does not bring one back.
 */
export function sideTable(sink: RedshiftSink | PostgresSink, columns: readonly OutputColumn[]): SideTable | undefined {
  const { write } = sink;
  if (write.mode === 'scd2') {
    return {
      name: nameOf('history', sink),
      columns: [...columns, HISTORY_COLUMNS[0]!, ...BOOKKEEPING_COLUMNS],
      keys: [...write.keys, HISTORY_COLUMNS[0]!.name],
    };
  }
  if (write.mode === 'merge' && write.deletedBy !== undefined) {
    const kept = [...write.keys, ...(write.newestBy === undefined ? [] : [write.newestBy])];
    return {
      name: nameOf('deleted', sink),
      columns: [...kept.map((name) => columns.find((column) => column.name === name)!), ...BOOKKEEPING_COLUMNS],
      keys: write.keys,
    };
  }
  return undefined;
}

/** What the target has beside the model's columns. */
export function addedColumns({ write }: RedshiftSink | PostgresSink): readonly OutputColumn[] {
  return write.mode === 'scd2' ? [...HISTORY_COLUMNS, ...BOOKKEEPING_COLUMNS] : BOOKKEEPING_COLUMNS;
}

/** A table that has been made for another write mode has no history to go on with. */
export function missingHistory(sink: RedshiftSink | PostgresSink, existing: readonly string[]): string | undefined {
  if (sink.write.mode !== 'scd2') return undefined;
  const missing = HISTORY_COLUMNS.filter(({ name }) => !existing.some((other) => other.toLowerCase() === name));
  return missing.length === 0 ? undefined : madeForAnotherMode(sink, missing[0]!.name);
}

export const madeForAnotherMode = (sink: { schema: string; table: string }, column: string): string =>
  `Table ${tableName(sink)} exists without ${column}: it was made for another write mode than scd2. ` +
  'Nothing was published. Name another table in the sink, or drop this one and load its files again.';

function nameOf(kind: string, sink: { schema: string; table: string }): string {
  return `${kind}_${sink.table.slice(0, 40)}_${hash(tableName(sink), 8)}`;
}
