/** Tables: what they are, what has loaded them, what is in them. */
import { type DeployedPipeline, pipelineNamed } from '../../../operate/connection';
import { lakeTable } from '../../../operate/lake';
import { contentOf, type RunRow } from '../../../operate/ledger';
import { columnsOf, countRows, type DatabaseTable } from '../../../operate/table-rows';
import { countItems, NOT_COUNTED, type PublishedTable } from '../../../operate/tables';
import { BOOKKEEPING_COLUMNS, HISTORY_COLUMNS } from '../../../tasks/common';
import { CQL_BOOKKEEPING } from '../../../tasks/keyspaces';
import type { Context } from '../../server/route';
import type { Load, RowCount, TableColumn, TableShown, TableSummary, Tables } from '../../types/data';
import { runs, tableOf, tables } from '../plans';

export async function tablesShown(context: Context): Promise<Tables> {
  const { pipelines } = await context.stacks();
  const latest = new Map(await Promise.all(pipelines.map(async (at) => [at.name, await runs(context, at)] as const)));
  const all = await tables(context);
  return {
    tables: all.map((table) => summaryOf(table, loadsOf(table, latest.get(table.pipeline) ?? [])[0])),
    isCountFree: context.connection.target.kind === 'local',
  };
}

function summaryOf({ id, database, name, pipeline, sink }: PublishedTable, lastLoad: Load | undefined): TableSummary {
  const { model, write } = sink;
  const keys = 'keys' in write ? write.keys : [];
  return { id, database, name, pipeline, model, write: write.mode, keys, ...(lastLoad ? { lastLoad } : {}) };
}

/** `latest`: the latest first. */
export const loadsOf = ({ sink }: Pick<PublishedTable, 'sink'>, latest: readonly RunRow[]): Load[] =>
  latest.flatMap((run) => {
    const published = run.published?.[sink.id];
    if (published === undefined) return [];
    const { runId, startedAt, endedAt = startedAt } = run;
    return [{ runId, at: endedAt, rows: published.rows, content: contentOf(run, CONTENT_WIDTH) }];
  });

const CONTENT_WIDTH = 80;

export async function tableShown(context: Context, id: string): Promise<TableShown> {
  const table = await tableOf(context, id);
  const at = pipelineNamed(await context.stacks(), table.pipeline);
  const [latest, columns] = await Promise.all([runs(context, at), storedColumns(context, table)]);
  const loads = loadsOf(table, latest);
  return {
    ...summaryOf(table, loads[0]),
    columns: columns.length > 0 ? columns.map(marked) : declaredColumns(table),
    exists: columns.length > 0 || table.database === 'dynamodb' || table.database === 'keyspaces',
    loads,
    ...streamOf(at, table),
  };
}

/** The stream whose function may write the table: what is no wide-column store is written by runs alone. */
export const streamOf = ({ stream }: DeployedPipeline, { database }: PublishedTable): { readonly stream?: string } =>
  stream && (database === 'dynamodb' || database === 'keyspaces') ? { stream: stream.name } : {};

const BOOKKEEPING = new Set([...BOOKKEEPING_COLUMNS, ...CQL_BOOKKEEPING].map(({ name }) => name));
const marked = (column: TableColumn): TableColumn =>
  BOOKKEEPING.has(column.name) ? { ...column, isBookkeeping: true } : column;

function declaredColumns({ sink }: PublishedTable): TableColumn[] {
  const added =
    sink.kind === 'keyspaces' ? CQL_BOOKKEEPING.map((one) => ({ ...one, nullable: true })) : BOOKKEEPING_COLUMNS;
  const all = [...sink.columns, ...(sink.write.mode === 'scd2' ? HISTORY_COLUMNS : []), ...added];
  return all.map(({ name, type, nullable }) => marked({ name, type: type.type, nullable }));
}

/** Empty: there is no table yet. */
async function storedColumns(context: Context, table: PublishedTable): Promise<TableColumn[]> {
  const { connection } = context;
  const at = databaseTable(table);
  if (at !== undefined) return columnsOf(connection, await context.stacks(), at);
  if (table.sink.kind !== 'lake') return [];
  const lake = await lakeTable(connection, table.sink);
  if (lake === undefined) return [];
  return [...lake.columns, ...lake.partitionColumns.map((column): TableColumn => ({ ...column, isPartition: true }))];
}

/** Undefined for one that is in no database of SQL. */
export function databaseTable({ pipeline, sink }: PublishedTable): DatabaseTable | undefined {
  if (sink.kind !== 'redshift' && sink.kind !== 'postgres') return undefined;
  const { schema, table } = sink;
  return { database: sink.kind === 'postgres' ? 'aurora' : 'redshift', pipeline, schema, table };
}

const COUNT_MS = 5000;

export async function rowCount(context: Context, id: string): Promise<RowCount> {
  const table = await tableOf(context, id);
  const { connection } = context;
  return context.cached(`count ${id}`, COUNT_MS, async () => {
    const at = databaseTable(table);
    if (at !== undefined) {
      const rows = await countRows(connection, await context.stacks(), at);
      return rows === undefined ? { note: 'made by the first load' } : { rows };
    }
    if (table.database === 'dynamodb') return countItems(connection, table.name);
    return { note: table.database === 'keyspaces' ? NOT_COUNTED : 'rows of the lake are not counted' };
  });
}
