/** What callers see of the catalog. */
import type { Database, Partition, Table } from '@aws-sdk/client-glue';
import type { CloudContext } from '../../service';
import type { DatabaseRecord, PartitionRecord, TableRecord } from './state';

export const describeDatabase = ({ name, input, createdAt }: DatabaseRecord, { account }: CloudContext): Database => ({
  ...input,
  Name: name,
  CreateTime: new Date(createdAt),
  CatalogId: account,
});

export function describeTable(table: TableRecord, { account }: CloudContext): Table {
  const { LastAccessTime, LastAnalyzedTime, ...input } = table.input;
  return {
    PartitionKeys: [],
    Retention: 0,
    ...input,
    ...(LastAccessTime ? { LastAccessTime: new Date(LastAccessTime) } : {}),
    ...(LastAnalyzedTime ? { LastAnalyzedTime: new Date(LastAnalyzedTime) } : {}),
    Name: table.name,
    DatabaseName: table.database,
    CreateTime: new Date(table.createdAt),
    UpdateTime: new Date(table.updatedAt),
    VersionId: String(table.version),
    CatalogId: account,
    IsRegisteredWithLakeFormation: false,
  } as Table;
}

export function describePartition(
  { database, table, values, input, createdAt }: PartitionRecord,
  { account }: CloudContext,
): Partition {
  const { LastAccessTime, LastAnalyzedTime, ...rest } = input;
  return {
    ...rest,
    ...(LastAccessTime ? { LastAccessTime: new Date(LastAccessTime) } : {}),
    ...(LastAnalyzedTime ? { LastAnalyzedTime: new Date(LastAnalyzedTime) } : {}),
    Values: [...values],
    DatabaseName: database,
    TableName: table,
    CreationTime: new Date(createdAt),
    CatalogId: account,
  };
}
