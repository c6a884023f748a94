import type { BatchGetPartitionCommandInput, BatchGetPartitionCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { describePartition } from './describe';
import { assertBatchSize } from './partition-input';
import { accessTo, type GlueState } from './state';

type Output = Omit<BatchGetPartitionCommandOutput, '$metadata'>;

export const BatchGetPartition: OperationOf<GlueState, BatchGetPartitionCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableName = '' }, context) =>
    accessTo('BatchGetPartition', context, DatabaseName, TableName),

  async handle({ DatabaseName, TableName, PartitionsToGet = [] }, { cloud }) {
    assertBatchSize(PartitionsToGet.length, 1_000);
    const table = state().table(DatabaseName, TableName);
    const found = PartitionsToGet.flatMap(({ Values }) => state().findPartition(table, Values) ?? []);
    return { Partitions: found.map((partition) => describePartition(partition, cloud)), UnprocessedKeys: [] };
  },
});
