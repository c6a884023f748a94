import type { PartitionInput } from '@aws-sdk/client-glue';
import { AwsError } from '../../service';
import type { PartitionRecord, TableRecord } from './state';

/** Refuses values that do not fit the table's partition keys. */
export function newPartition(
  input: PartitionInput | undefined,
  table: TableRecord,
  createdAt: number,
): PartitionRecord {
  const values = input?.Values ?? [];
  const keys = table.input.PartitionKeys ?? [];
  if (values.length !== keys.length) {
    const message = `The number of partition keys do not match the number of partition values: ${keys.length} keys, ${values.length} values`;
    throw new AwsError('InvalidInputException', message);
  }
  return { database: table.database, table: table.name, values, input: input ?? {}, createdAt };
}

export const partitionExists = () => new AwsError('AlreadyExistsException', 'Partition already exists.');

/** What a batch reports of one entry. */
export function errorDetail(error: unknown): { ErrorCode: string; ErrorMessage: string } {
  if (!(error instanceof AwsError)) throw error;
  return { ErrorCode: error.code, ErrorMessage: error.message };
}

export function assertBatchSize(count: number, max: number): void {
  if (count >= 1 && count <= max) return;
  throw new AwsError('InvalidInputException', `A batch has 1 to ${max} entries; this one has ${count}.`);
}
