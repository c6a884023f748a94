import type {
  BatchUpdatePartitionCommandInput,
  BatchUpdatePartitionCommandOutput,
  BatchUpdatePartitionFailureEntry,
} from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { assertBatchSize, errorDetail, newPartition } from './partition-input';
import { replacePartition } from './replace-partition';
import { accessTo, type GlueState } from './state';

type Output = Omit<BatchUpdatePartitionCommandOutput, '$metadata'>;

/** Entries that fail are reported; the others are updated. */
export const BatchUpdatePartition: OperationOf<GlueState, BatchUpdatePartitionCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableName = '' }, context) =>
    accessTo('BatchUpdatePartition', context, DatabaseName, TableName),

  async handle({ DatabaseName, TableName, Entries = [] }) {
    assertBatchSize(Entries.length, 100);
    const table = state().table(DatabaseName, TableName);
    const Errors: BatchUpdatePartitionFailureEntry[] = [];
    for (const { PartitionValueList, PartitionInput } of Entries) {
      try {
        const before = state().partition(table, PartitionValueList);
        await replacePartition(state(), table, before, newPartition(PartitionInput, table, before.createdAt));
      } catch (error) {
        Errors.push({ PartitionValueList: PartitionValueList ?? [], ErrorDetail: errorDetail(error) });
      }
    }
    return { Errors };
  },
});
