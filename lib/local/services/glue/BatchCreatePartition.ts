import type {
  BatchCreatePartitionCommandInput,
  BatchCreatePartitionCommandOutput,
  PartitionError,
} from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { assertBatchSize, errorDetail, newPartition, partitionExists } from './partition-input';
import { accessTo, type GlueState } from './state';

type Output = Omit<BatchCreatePartitionCommandOutput, '$metadata'>;

/** Entries that fail are reported; the others are created. */
export const BatchCreatePartition: OperationOf<GlueState, BatchCreatePartitionCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableName = '' }, context) =>
    accessTo('BatchCreatePartition', context, DatabaseName, TableName),

  async handle({ DatabaseName, TableName, PartitionInputList = [] }, { cloud }) {
    assertBatchSize(PartitionInputList.length, 100);
    const table = state().table(DatabaseName, TableName);
    const Errors: PartitionError[] = [];
    for (const input of PartitionInputList) {
      try {
        const partition = newPartition(input, table, cloud.clock.now());
        if (state().findPartition(table, partition.values)) throw partitionExists();
        await state().putPartition(partition);
      } catch (error) {
        Errors.push({ PartitionValues: input.Values ?? [], ErrorDetail: errorDetail(error) });
      }
    }
    return { Errors };
  },
});
