import type { GetPartitionsCommandInput, GetPartitionsCommandOutput } from '@aws-sdk/client-glue';
import { type OperationOf, page } from '../stateful';
import { describePartition } from './describe';
import { parsePartitionExpression } from './partition-expression';
import { accessTo, type GlueState } from './state';

type Output = Omit<GetPartitionsCommandOutput, '$metadata'>;

export const GetPartitions: OperationOf<GlueState, GetPartitionsCommandInput, Output> = (state) => ({
  authorize: ({ DatabaseName = '', TableName = '' }, context) =>
    accessTo('GetPartitions', context, DatabaseName, TableName),

  async handle({ DatabaseName, TableName, Expression, Segment, MaxResults = 1_000, NextToken }, { cloud }) {
    const table = state().table(DatabaseName, TableName);
    const columns = (table.input.PartitionKeys ?? []).map(({ Name = '', Type = 'string' }) => ({
      name: Name,
      type: Type,
    }));
    const matches = parsePartitionExpression(Expression, columns);
    const partitions = state()
      .partitionsOf(table)
      .filter(({ values }) => matches(values))
      .filter((_, i) => !Segment || i % (Segment.TotalSegments ?? 1) === Segment.SegmentNumber);
    const { items, nextToken } = page(partitions, Math.min(MaxResults, 1_000), NextToken);
    return {
      Partitions: items.map((partition) => describePartition(partition, cloud)),
      ...(nextToken ? { NextToken: nextToken } : {}),
    };
  },
});
