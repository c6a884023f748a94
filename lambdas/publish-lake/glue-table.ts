/** A table of the Glue catalog and its partitions. Every operation may be repeated. */
import {
  BatchCreatePartitionCommand,
  BatchDeletePartitionCommand,
  GetPartitionsCommand,
  GetTableCommand,
  type GlueClient,
  type PartitionInput,
  type StorageDescriptor,
  type Table,
  type TableInput,
  UpdatePartitionCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import type { ColumnType, OutputColumn } from '../../lib/tasks/common';
import { mapLimited } from '../shared/manifest';

/** Glue's limits for one call. */
const MOST_CREATED = 100;
const MOST_DELETED = 25;
const PARALLEL_CALLS = 4;

export interface PartitionLocation {
  readonly values: readonly string[];
  readonly location: string;
}

export class GlueTable {
  private constructor(
    private readonly glue: Pick<GlueClient, 'send'>,
    private table: Table,
  ) {}

  static async read(glue: Pick<GlueClient, 'send'>, database: string, table: string): Promise<GlueTable> {
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
    return new GlueTable(glue, Table!);
  }

  get columns(): readonly { Name?: string | undefined }[] {
    return this.table.StorageDescriptor?.Columns ?? [];
  }

  /** Creates what is absent and moves what is there. */
  async putPartitions(partitions: readonly PartitionLocation[]): Promise<void> {
    await mapLimited(batches(partitions, MOST_CREATED), PARALLEL_CALLS, async (batch) => {
      const { Errors = [] } = await this.glue.send(
        new BatchCreatePartitionCommand({
          ...this.name,
          PartitionInputList: batch.map((one) => this.partitionInput(one)),
        }),
      );
      for (const { PartitionValues = [], ErrorDetail } of Errors) {
        if (ErrorDetail?.ErrorCode !== 'AlreadyExistsException') {
          throw Object.assign(new Error(`Glue refused a partition: ${ErrorDetail?.ErrorMessage}`), {
            name: ErrorDetail?.ErrorCode ?? 'GlueError',
          });
        }
        const partition = batch.find(({ values }) => JSON.stringify(values) === JSON.stringify(PartitionValues))!;
        await this.glue.send(
          new UpdatePartitionCommand({
            ...this.name,
            PartitionValueList: PartitionValues,
            PartitionInput: this.partitionInput(partition),
          }),
        );
      }
    });
  }

  get location(): string {
    return this.table.StorageDescriptor?.Location ?? '';
  }

  /** Partitions that meet the expression. */
  async partitions(expression: string | undefined): Promise<PartitionLocation[]> {
    const found: PartitionLocation[] = [];
    let token: string | undefined;
    do {
      const page = await this.glue.send(
        new GetPartitionsCommand({
          ...this.name,
          ExcludeColumnSchema: true,
          ...(expression === undefined ? {} : { Expression: expression }),
          ...(token === undefined ? {} : { NextToken: token }),
        }),
      );
      for (const { Values, StorageDescriptor } of page.Partitions ?? [])
        found.push({ values: Values ?? [], location: StorageDescriptor?.Location ?? '' });
      token = page.NextToken;
    } while (token !== undefined);
    return found;
  }

  async deletePartitions(partitions: readonly (readonly string[])[]): Promise<void> {
    await mapLimited(batches(partitions, MOST_DELETED), PARALLEL_CALLS, async (batch) => {
      const { Errors = [] } = await this.glue.send(
        new BatchDeletePartitionCommand({
          ...this.name,
          PartitionsToDelete: batch.map((Values) => ({ Values: [...Values] })),
        }),
      );
      const failed = Errors.find(({ ErrorDetail }) => ErrorDetail?.ErrorCode !== 'EntityNotFoundException');
      if (failed) throw new Error(`Glue kept a partition: ${failed.ErrorDetail?.ErrorMessage}`);
    });
  }

  /** A table without partitions has its files where it says itself. */
  async relocate(location: string): Promise<void> {
    await this.update({ ...this.table.StorageDescriptor, Location: location });
  }

  async setColumns(columns: readonly { Name: string; Type: string }[]): Promise<void> {
    await this.update({ ...this.table.StorageDescriptor, Columns: [...columns] });
  }

  private async update(storage: StorageDescriptor): Promise<void> {
    const { Name, Description, Owner, Retention, PartitionKeys, TableType, Parameters, VersionId, DatabaseName } =
      this.table;
    const input: TableInput = {
      Name,
      Description,
      Owner,
      Retention,
      PartitionKeys,
      TableType,
      Parameters,
      StorageDescriptor: storage,
    };
    // The version guards against another run's change meanwhile: then the task is tried again.
    await this.glue.send(new UpdateTableCommand({ DatabaseName, TableInput: input, VersionId }));
    const { Table } = await this.glue.send(new GetTableCommand({ DatabaseName, Name }));
    this.table = Table!;
  }

  private partitionInput({ values, location }: PartitionLocation): PartitionInput {
    return { Values: [...values], StorageDescriptor: { ...this.table.StorageDescriptor, Location: location } };
  }

  private get name() {
    return { DatabaseName: this.table.DatabaseName!, TableName: this.table.Name! };
  }
}

/** New columns of the files become columns of the table; Glue shows NULL for files without them. */
export async function addColumns(table: GlueTable, columns: readonly OutputColumn[]): Promise<void> {
  const known = table.columns as readonly { Name: string; Type: string }[];
  const added = columns.filter(({ name }) => !known.some(({ Name }) => Name === name));
  if (added.length === 0) return;
  await table.setColumns([...known, ...added.map(({ name, type }) => ({ Name: name, Type: glueType(type) }))]);
}

export function glueType(type: ColumnType): string {
  switch (type.type) {
    case 'integer':
      return 'int';
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'text':
    case 'json':
      return 'string';
    default:
      return type.type;
  }
}

function batches<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
