/** How a target in Redshift, and its side table, are made and widened. */
import type { OutputColumn, RedshiftSink } from '../../lib/tasks/common';
import { StatementFailed } from '../../lib/tasks/errors';
import { alterTables, columnsOfTable, MAX_STATEMENTS_IN_A_BATCH, type Redshift } from './redshift';
import { redshiftColumn, redshiftStagingType, redshiftType } from './redshift-columns';
import { addedColumns, missingHistory, sideTable } from './side-table';
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

/** Names of the columns as they are now; undefined: the table does not exist, or nobody has looked. */
export interface ExistingColumns {
  readonly existing?: readonly string[] | undefined;
  /** of the side table */
  readonly existingBeside?: readonly string[] | undefined;
}

export async function existingColumns(
  redshift: Redshift,
  schema: string,
  sink: RedshiftSink,
): Promise<ExistingColumns> {
  const side = sideTable(sink, sink.columns);
  const [existing, existingBeside] = await Promise.all([
    columnsOfTable(redshift, sink.schema, sink.table),
    side && columnsOfTable(redshift, schema, side.name),
  ]);
  const mistake = existing && missingHistory(sink, existing);
  if (mistake) throw new StatementFailed(mistake);
  return { existing, existingBeside };
}

/**
 * As they are, or have become: a batch has room for `others` statements and some new columns, and each takes a statement. Where there
 * are more, they are added before. Nobody sees the difference: a column of which no row has a value may stay, whatever becomes of the load.
 *
 * A first load that brings columns along makes the table before it looks: one beside it that brings none may make it first, and
 * `CREATE TABLE IF NOT EXISTS` would then leave out the columns without a word.
 */
export async function columnsWithRoom(
  redshift: Redshift,
  schema: string,
  sink: RedshiftSink,
  { others, more = [] }: { readonly others: number; readonly more?: readonly OutputColumn[] },
): Promise<ExistingColumns> {
  for (;;) {
    const columns = await existingColumns(redshift, schema, sink);
    if (sink.evolve && more.length > 0 && columns.existing === undefined) {
      await alterTables(redshift, targetDdl(sink, schema, more));
      continue;
    }
    const added = wideningDdl(sink, schema, columns, more);
    if (added.length === 0 || others + added.length <= MAX_STATEMENTS_IN_A_BATCH) return columns;
    await alterTables(redshift, added.slice(0, MAX_STATEMENTS_IN_A_BATCH));
  }
}

/**
 * Adds the columns that tables which are there have not. Redshift has no ADD COLUMN IF NOT EXISTS, so the caller looks at them first; who
 * loses the race to add one retries.
 */
export function wideningDdl(
  sink: RedshiftSink,
  schema: string,
  { existing, existingBeside }: ExistingColumns,
  more: readonly OutputColumn[] = [],
): string[] {
  const columns = sink.evolve ? [...sink.columns, ...more] : sink.columns;
  const side = sideTable(sink, columns);
  const target = qualified(sink.schema, sink.table);
  return [
    ...(side ? missing(side.columns, existingBeside) : []).map(
      (column) =>
        `ALTER TABLE ${qualified(schema, side!.name)} ADD COLUMN ${identifier(column.name)} ${redshiftStagingType(column.type)}`,
    ),
    ...missing([...columns, ...addedColumns(sink)], existing).map(
      (column) => `ALTER TABLE ${target} ADD COLUMN ${identifier(column.name)} ${redshiftType(column.type)}`,
    ),
  ];
}

/** Redshift folds names to lower case, quoted ones too. */
function missing(columns: readonly OutputColumn[], existing: readonly string[] | undefined): readonly OutputColumn[] {
  if (existing === undefined) return [];
  return columns.filter(({ name }) => !existing.some((other) => other.toLowerCase() === name.toLowerCase()));
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
