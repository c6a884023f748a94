import type {
  BatchDeletePartitionCommandInput,
  BatchDeletePartitionCommandOutput,
  PartitionError,
} from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { assertBatchSize, errorDetail } from './partition-input';
import { accessTo, type GlueState } from './state';

type Output = Omit<BatchDeletePartitionCommandOutput, '$metadata'>;

/** Entries that fail are reported; the others are deleted. */
export const BatchDeletePartition: OperationOf<GlueState, BatchDeletePartitionCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableName = '' }, context) =>
    accessTo('BatchDeletePartition', context, DatabaseName, TableName),

  async handle({ DatabaseName, TableName, PartitionsToDelete = [] }) {
    assertBatchSize(PartitionsToDelete.length, 25);
    const table = state().table(DatabaseName, TableName);
    const Errors: PartitionError[] = [];
    for (const { Values } of PartitionsToDelete) {
      try {
        await state().deletePartition(state().partition(table, Values));
      } catch (error) {
        Errors.push({ PartitionValues: Values ?? [], ErrorDetail: errorDetail(error) });
      }
    }
    return { Errors };
  },
});
