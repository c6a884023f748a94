import type { CreatePartitionCommandInput, CreatePartitionCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { newPartition, partitionExists } from './partition-input';
import { accessTo, type GlueState } from './state';

type Output = Omit<CreatePartitionCommandOutput, '$metadata'>;

export const CreatePartition: OperationOf<GlueState, CreatePartitionCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableName = '' }, context) =>
    accessTo('CreatePartition', context, DatabaseName, TableName),

  async handle({ DatabaseName, TableName, PartitionInput }, { cloud }) {
    const table = state().table(DatabaseName, TableName);
    const partition = newPartition(PartitionInput, table, cloud.clock.now());
    if (state().findPartition(table, partition.values)) throw partitionExists();
    await state().putPartition(partition);
    return {};
  },
});
