/** The rows of a table that came last, values of them that are long, and the parts of the lake and of a run. */
import { lakePartition, lakePartitions, lakeTable, type Part, partsAt, placeOf } from '../../../operate/lake';
import { parquetCell, parquetRows } from '../../../operate/parquet-rows';
import { prefixOf, stagedParts } from '../../../operate/staged-parts';
import { cellOfTable, newestRows } from '../../../operate/table-rows';
import { type PublishedTable, someItems } from '../../../operate/tables';
import type { LakeSink } from '../../../tasks/common';
import { ConsoleError } from '../../server/errors';
import type { Context } from '../../server/route';
import type { PartitionShown, Partitions, Piece, RowsShown, StagedShown } from '../../types/data';
import { tableOf } from '../plans';
import { databaseTable } from './tables';

const SHOWN = 50;

export async function rowsShown(context: Context, id: string): Promise<RowsShown> {
  const table = await tableOf(context, id);
  const { connection } = context;
  const at = databaseTable(table);
  if (at !== undefined) return newestRows(connection, await context.stacks(), at, SHOWN);
  if (table.database === 'dynamodb')
    return {
      ...(await someItems(connection, table, SHOWN)),
      note: 'Some of the items: DynamoDB keeps them in no order of time.',
    };
  if (table.database === 'keyspaces')
    return {
      columns: [],
      rows: [],
      note: 'Cassandra keeps rows in no order of time: read them by CQL, by their keys.',
    };
  const { sink } = lakeOf(table);
  const newest = (await lakePartitions(connection, sink))[0];
  if (newest === undefined) return { columns: [], rows: [] };
  const { bucket, prefix } = placeOf(newest.location);
  const { parts } = await partsAt(connection, bucket, prefix);
  const last = latestOf(parts);
  if (last === undefined) return { columns: [], rows: [] };
  return {
    ...(await parquetRows(connection, { bucket, key: last.key }, { from: 0, limit: SHOWN })),
    note: `Of the latest partition, ${newest.values.join(' / ')}.`,
  };
}

const latestOf = (parts: readonly Part[]): Part | undefined =>
  parts
    .filter(({ key }) => key.endsWith('.parquet'))
    .reduce<Part | undefined>(
      (latest, part) => (latest === undefined || part.at >= latest.at ? part : latest),
      undefined,
    );

function lakeOf(table: PublishedTable): { readonly sink: LakeSink } {
  if (table.sink.kind === 'lake') return { sink: table.sink };
  throw new ConsoleError('bad-request', `${table.id} is no table of the lake: it has no partitions.`);
}

export async function partitionsShown(context: Context, id: string): Promise<Partitions> {
  const { sink } = lakeOf(await tableOf(context, id));
  const [table, partitions] = await Promise.all([
    lakeTable(context.connection, sink),
    lakePartitions(context.connection, sink),
  ]);
  return { columns: (table?.partitionColumns ?? []).map(({ name }) => name), partitions };
}

export async function partitionShown(context: Context, id: string, values: readonly string[]): Promise<PartitionShown> {
  const { sink } = lakeOf(await tableOf(context, id));
  const partition = await lakePartition(context.connection, sink, values);
  const { bucket, prefix } = placeOf(partition.location);
  return { ...partition, ...(await partsAt(context.connection, bucket, prefix)) };
}

/** Of a part of a partition that the catalog has. */
export async function partOfPartition(
  context: Context,
  id: string,
  { values, key }: { readonly values: readonly string[]; readonly key: string },
): Promise<{ readonly bucket: string; readonly key: string }> {
  const { sink } = lakeOf(await tableOf(context, id));
  const { bucket, prefix } = placeOf((await lakePartition(context.connection, sink, values)).location);
  return requireUnder({ bucket, key }, prefix);
}

/** What is looked at lies where it was said to: the console has the rights of whoever started it, and shows data of pipelines only. */
function requireUnder(place: { readonly bucket: string; readonly key: string }, prefix: string) {
  if (prefix !== '' && place.key.startsWith(prefix) && place.key.endsWith('.parquet')) return place;
  throw new ConsoleError('bad-request', `${place.key} is no Parquet part of ${prefix}.`);
}

export const rowsOfPart = (
  { connection }: Context,
  place: { readonly bucket: string; readonly key: string },
  from: number,
): Promise<RowsShown> => parquetRows(connection, place, { from, limit: SHOWN });

export const cellOfPart = (
  { connection }: Context,
  place: { readonly bucket: string; readonly key: string },
  wanted: { readonly row: number; readonly column: string; readonly from: number },
): Promise<Piece> => parquetCell(connection, place, wanted);

/** @throws {ConsoleError} for a table whose rows have no such values to be asked for */
export async function cellShown(
  context: Context,
  id: string,
  wanted: { readonly column: string; readonly length: number; readonly md5: string; readonly from: number },
): Promise<Piece> {
  const at = databaseTable(await tableOf(context, id));
  if (at === undefined) throw new ConsoleError('bad-request', `${id} is in no database that can be asked for a value.`);
  return cellOfTable(context.connection, await context.stacks(), at, wanted);
}

/** Of the newest rows of a lake's table: the part is one under a partition of its. */
export async function cellOfLake(
  context: Context,
  id: string,
  { key, ...wanted }: { readonly key: string; readonly row: number; readonly column: string; readonly from: number },
): Promise<Piece> {
  const { sink } = lakeOf(await tableOf(context, id));
  const partition = (await lakePartitions(context.connection, sink))
    .map(({ location }) => placeOf(location))
    .find(({ prefix }) => key.startsWith(prefix));
  if (partition === undefined) throw new ConsoleError('bad-request', `${key} is no part of ${id}.`);
  return parquetCell(context.connection, requireUnder({ bucket: partition.bucket, key }, partition.prefix), wanted);
}

export async function stagedShown(context: Context, pipeline: string, runId: string): Promise<StagedShown> {
  return stagedParts(context.connection, await context.stacks(), { pipeline, runId });
}

export async function stagedPart(context: Context, pipeline: string, runId: string, key: string) {
  const { foundation } = await context.stacks();
  return requireUnder({ bucket: foundation.WorkBucketName!, key }, prefixOf(pipeline, runId));
}
