import type { DescribeLogGroupsCommandInput, DescribeLogGroupsCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { type OperationOf, page } from '../stateful';
import { accessTo, type LogsState, logGroupArn } from './state';

type Output = Omit<DescribeLogGroupsCommandOutput, '$metadata'>;

export const DescribeLogGroups: OperationOf<LogsState, DescribeLogGroupsCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => accessTo('DescribeLogGroups', cloud),

  async handle({ logGroupNamePrefix = '', logGroupNamePattern = '', limit = 50, nextToken }, { cloud }) {
    const groups = [...state().groups.values()]
      .filter(
        ({ name }) =>
          name.startsWith(logGroupNamePrefix) && name.toLowerCase().includes(logGroupNamePattern.toLowerCase()),
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const found = page(groups, limit, nextToken);
    const logGroups = found.items.map(({ name, createdAt, retentionInDays }) => ({
      logGroupName: name,
      creationTime: createdAt,
      metricFilterCount: 0,
      arn: `${logGroupArn(cloud, name)}:*`,
      logGroupArn: logGroupArn(cloud, name),
      logGroupClass: 'STANDARD' as const,
      ...(retentionInDays === undefined ? {} : { retentionInDays }),
    }));
    return { logGroups, ...(found.nextToken ? { nextToken: found.nextToken } : {}) };
  },
});
