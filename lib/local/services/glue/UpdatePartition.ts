import type { UpdatePartitionCommandInput, UpdatePartitionCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { newPartition } from './partition-input';
import { replacePartition } from './replace-partition';
import { accessTo, type GlueState } from './state';

type Output = Omit<UpdatePartitionCommandOutput, '$metadata'>;

/** One record is written, so a reader sees the old location or the new one. */
export const UpdatePartition: OperationOf<GlueState, UpdatePartitionCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableName = '' }, context) =>
    accessTo('UpdatePartition', context, DatabaseName, TableName),

  async handle({ DatabaseName, TableName, PartitionValueList, PartitionInput }) {
    const table = state().table(DatabaseName, TableName);
    const before = state().partition(table, PartitionValueList);
    await replacePartition(state(), table, before, newPartition(PartitionInput, table, before.createdAt));
    return {};
  },
});
