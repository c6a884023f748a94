import type { GetPartitionCommandInput, GetPartitionCommandOutput } from '@aws-sdk/client-glue';
import type { OperationOf } from '../stateful';
import { describePartition } from './describe';
import { accessTo, type GlueState } from './state';

type Output = Omit<GetPartitionCommandOutput, '$metadata'>;

export const GetPartition: OperationOf<GlueState, GetPartitionCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableName = '' }, context) =>
    accessTo('GetPartition', context, DatabaseName, TableName),

  async handle({ DatabaseName, TableName, PartitionValues }, { cloud }) {
    return {
      Partition: describePartition(state().partition(state().table(DatabaseName, TableName), PartitionValues), cloud),
    };
  },
});
