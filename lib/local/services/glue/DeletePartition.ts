import type { DeletePartitionCommandInput, DeletePartitionCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { accessTo, type GlueState } from './state';

type Output = Omit<DeletePartitionCommandOutput, '$metadata'>;

export const DeletePartition: OperationOf<GlueState, DeletePartitionCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableName = '' }, context) =>
    accessTo('DeletePartition', context, DatabaseName, TableName),

  async handle({ DatabaseName, TableName, PartitionValues }) {
    await state().deletePartition(state().partition(state().table(DatabaseName, TableName), PartitionValues));
    return {};
  },
});
