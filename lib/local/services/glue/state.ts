/** Databases, tables and partitions of the one catalog. */
import { join } from 'node:path';
import type { DatabaseInput, PartitionInput, TableInput } from '@aws-sdk/client-glue';
import { type AccessRequest, AwsError, type CallContext, type CloudContext } from '../../service';
import { openTable, type Table } from '../../store';
import { openSchemaRegistry, type SchemaRegistry } from './schemas/registry';

/** Inputs as they came, times as ISO text. */
export interface DatabaseRecord {
  readonly name: string;
  readonly input: DatabaseInput;
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface TableRecord {
  readonly database: string;
  readonly name: string;
  readonly input: TableInput;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
}

export interface PartitionRecord {
  readonly database: string;
  readonly table: string;
  readonly values: readonly string[];
  readonly input: PartitionInput;
  readonly createdAt: number;
}

export interface GlueState {
  readonly databases: Table<DatabaseRecord>;
  readonly tables: Table<TableRecord>;
  readonly schemas: SchemaRegistry;
  database(name: string | undefined): DatabaseRecord;
  table(database: string | undefined, name: string | undefined): TableRecord;
  tablesOf(database: string): readonly TableRecord[];
  putTable(table: TableRecord): Promise<void>;
  /** Its partitions go with it. */
  deleteTable(table: TableRecord): Promise<void>;
  findPartition(table: TableRecord, values: readonly string[] | undefined): PartitionRecord | undefined;
  partition(table: TableRecord, values: readonly string[] | undefined): PartitionRecord;
  partitionsOf(table: TableRecord): readonly PartitionRecord[];
  putPartition(partition: PartitionRecord): Promise<void>;
  deletePartition(partition: PartitionRecord): Promise<void>;
  close(): Promise<void>;
}

/** Names are folded to lower case, as Hive does. */
export const fold = (name: string | undefined): string => (name ?? '').toLowerCase();

const keyOf = (...parts: readonly string[]) => JSON.stringify(parts);

export async function openGlue(cloud: CloudContext, folder: string): Promise<GlueState> {
  const databases = await openTable<DatabaseRecord>(join(folder, 'databases.ndjson'));
  const tables = await openTable<TableRecord>(join(folder, 'tables.ndjson'));
  const partitions = await openTable<PartitionRecord>(join(folder, 'partitions.ndjson'));
  const schemas = await openSchemaRegistry(cloud, folder);
  const byTable = new Map<string, Map<string, PartitionRecord>>();
  const keyOfTable = ({ database, name }: TableRecord) => keyOf(database, name);
  const keyOfPartition = ({ database, table, values }: PartitionRecord) => keyOf(database, table, ...values);
  const index = (partition: PartitionRecord) => {
    const table = keyOf(partition.database, partition.table);
    const known = byTable.get(table) ?? new Map();
    byTable.set(table, known.set(keyOf(...partition.values), partition));
  };
  for (const partition of partitions.values()) index(partition);

  const findPartition = (table: TableRecord, values: readonly string[] = []) =>
    byTable.get(keyOfTable(table))?.get(keyOf(...values));
  const deletePartition = async (partition: PartitionRecord) => {
    byTable.get(keyOf(partition.database, partition.table))?.delete(keyOf(...partition.values));
    await partitions.delete(keyOfPartition(partition));
  };
  const partitionsOf = (table: TableRecord) => [...(byTable.get(keyOfTable(table))?.values() ?? [])];

  return {
    databases,
    tables,
    schemas,
    database(name) {
      const database = databases.get(fold(name));
      if (!database) throw new AwsError('EntityNotFoundException', `Database ${name} not found.`);
      return database;
    },
    table(database, name) {
      const table = tables.get(keyOf(fold(database), fold(name)));
      if (table) return table;
      const missing = databases.has(fold(database)) ? `Table ${name}` : `Database ${database}`;
      throw new AwsError('EntityNotFoundException', `${missing} not found.`);
    },
    tablesOf: (database) =>
      [...tables.values()].filter((table) => table.database === database).sort((a, b) => (a.name < b.name ? -1 : 1)),
    putTable: (table) => tables.set(keyOfTable(table), table),
    async deleteTable(table) {
      await Promise.all(partitionsOf(table).map(deletePartition));
      await tables.delete(keyOfTable(table));
    },
    findPartition,
    partition(table, values) {
      const partition = findPartition(table, values);
      if (!partition)
        throw new AwsError(
          'EntityNotFoundException',
          `Cannot find partition ${JSON.stringify(values)} of ${table.name}.`,
        );
      return partition;
    },
    partitionsOf,
    async putPartition(partition) {
      index(partition);
      await partitions.set(keyOfPartition(partition), partition);
    },
    deletePartition,
    async close() {
      await schemas.close();
      await databases.close();
      await tables.close();
      await partitions.close();
    },
  };
}

/** Glue asks IAM about the catalog, the database and the table: all must be allowed. */
export function accessTo(
  action: string,
  { cloud }: CallContext,
  database?: string,
  table?: string,
): readonly AccessRequest[] {
  const arn = (path: string) => `arn:aws:glue:${cloud.region}:${cloud.account}:${path}`;
  const resources = [
    arn('catalog'),
    ...(database === undefined ? [] : [arn(`database/${fold(database)}`)]),
    ...(table === undefined ? [] : [arn(`table/${fold(database)}/${fold(table)}`)]),
  ];
  return resources.map((resource) => ({ action: `glue:${action}`, resource }));
}
