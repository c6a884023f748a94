import type {
  DescribeSubscriptionFiltersCommandInput,
  DescribeSubscriptionFiltersCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { type OperationOf, page } from '../stateful';
import { accessTo, type LogsState } from './state';

type Output = Omit<DescribeSubscriptionFiltersCommandOutput, '$metadata'>;

export const DescribeSubscriptionFilters: OperationOf<LogsState, DescribeSubscriptionFiltersCommandInput, Output> = (
  state,
) => ({
  authorize: ({ logGroupName }, { cloud }) => accessTo('DescribeSubscriptionFilters', cloud, logGroupName),

  async handle({ logGroupName, filterNamePrefix = '', limit = 50, nextToken }) {
    const group = state().group(logGroupName);
    const filters = (group.subscriptionFilters ?? [])
      .filter(({ filterName = '' }) => filterName.startsWith(filterNamePrefix))
      .map((filter) => ({ ...filter, logGroupName: group.name }));
    const found = page(filters, limit, nextToken);
    return { subscriptionFilters: [...found.items], ...(found.nextToken ? { nextToken: found.nextToken } : {}) };
  },
});
