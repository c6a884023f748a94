/** Tables of the lake: partitions in Glue's catalog, and the Parquet parts that lie at their locations. */
import {
  GetPartitionCommand,
  GetPartitionsCommand,
  GetTableCommand,
  GlueClient,
  type Partition,
} from '@aws-sdk/client-glue';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Column } from './cells';
import { type Connection, s3Of } from './connection';
import { Refused } from './errors';

export interface LakeTableName {
  readonly database: string;
  readonly table: string;
}

export interface LakePartition {
  /** in the order of the partition columns */
  readonly values: readonly string[];
  readonly location: string;
  /** ISO 8601 */
  readonly createdAt?: string;
}

export interface Part {
  readonly key: string;
  readonly bytes: number;
  /** ISO 8601 */
  readonly at: string;
}

export interface LakeTable {
  readonly columns: readonly Column[];
  readonly partitionColumns: readonly Column[];
}

/** Undefined: there is no such table yet. */
export async function lakeTable(
  { client }: Pick<Connection, 'client'>,
  { database, table }: LakeTableName,
): Promise<LakeTable | undefined> {
  try {
    const { Table } = await new GlueClient(client).send(new GetTableCommand({ DatabaseName: database, Name: table }));
    const column = ({ Name = '', Type = '' }: { Name?: string | undefined; Type?: string | undefined }) => ({
      name: Name,
      type: Type,
    });
    return {
      columns: (Table?.StorageDescriptor?.Columns ?? []).map(column),
      partitionColumns: (Table?.PartitionKeys ?? []).map(column),
    };
  } catch (error) {
    if ((error as Error).name === 'EntityNotFoundException') return undefined;
    throw error;
  }
}

/** Those that were made last come first. */
export async function lakePartitions(
  { client }: Pick<Connection, 'client'>,
  { database, table }: LakeTableName,
): Promise<LakePartition[]> {
  const glue = new GlueClient(client);
  const found: LakePartition[] = [];
  let NextToken: string | undefined;
  do {
    const page = await glue.send(
      new GetPartitionsCommand({ DatabaseName: database, TableName: table, ExcludeColumnSchema: true, NextToken }),
    );
    found.push(...(page.Partitions ?? []).map(partitionOf));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  const newest = ({ createdAt = '', values }: LakePartition) => `${createdAt} ${values.join('/')}`;
  return found.sort((a, b) => (newest(a) < newest(b) ? 1 : -1));
}

const partitionOf = ({ Values = [], StorageDescriptor, CreationTime }: Partition): LakePartition => ({
  values: Values,
  location: StorageDescriptor?.Location ?? '',
  ...(CreationTime === undefined ? {} : { createdAt: CreationTime.toISOString() }),
});

/** @throws {Refused} where there is none of these values */
export async function lakePartition(
  { client }: Pick<Connection, 'client'>,
  { database, table }: LakeTableName,
  values: readonly string[],
): Promise<LakePartition> {
  try {
    const { Partition } = await new GlueClient(client).send(
      new GetPartitionCommand({ DatabaseName: database, TableName: table, PartitionValues: [...values] }),
    );
    return partitionOf(Partition!);
  } catch (error) {
    if ((error as Error).name !== 'EntityNotFoundException') throw error;
    throw new Refused(`The table ${database}.${table} has no partition ${values.join(' / ')} any longer.`);
  }
}

/** Of a prefix so many: a partition has few. */
const MOST_PARTS = 1000;

export async function partsAt(
  connection: Pick<Connection, 'client'>,
  bucket: string,
  prefix: string,
): Promise<{ readonly parts: readonly Part[]; readonly more: boolean }> {
  const { Contents = [], IsTruncated = false } = await s3Of(connection).send(
    new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, MaxKeys: MOST_PARTS }),
  );
  const parts = Contents.map(({ Key, Size, LastModified }) => ({
    key: Key!,
    bytes: Size ?? 0,
    at: LastModified!.toISOString(),
  }));
  return { parts, more: IsTruncated };
}

/** `s3://bucket/prefix/` */
export function placeOf(location: string): { readonly bucket: string; readonly prefix: string } {
  const [, bucket = '', prefix = ''] = /^s3a?:\/\/([^/]+)\/(.*)$/s.exec(location) ?? [];
  return { bucket, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` };
}
