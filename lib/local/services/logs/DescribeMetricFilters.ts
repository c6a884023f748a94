import type {
  DescribeMetricFiltersCommandInput,
  DescribeMetricFiltersCommandOutput,
} from '@aws-sdk/client-cloudwatch-logs';
import { type OperationOf, page } from '../stateful';
import { accessTo, type LogsState } from './state';

type Output = Omit<DescribeMetricFiltersCommandOutput, '$metadata'>;

export const DescribeMetricFilters: OperationOf<LogsState, DescribeMetricFiltersCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName = '*' }, { cloud }) => accessTo('DescribeMetricFilters', cloud, logGroupName),

  async handle({ logGroupName, filterNamePrefix = '', metricName, metricNamespace, limit = 50, nextToken }) {
    const groups = logGroupName === undefined ? [...state().groups.values()] : [state().group(logGroupName)];
    const filters = groups
      .flatMap((group) => (group.metricFilters ?? []).map((filter) => ({ ...filter, logGroupName: group.name })))
      .filter(({ filterName = '' }) => filterName.startsWith(filterNamePrefix))
      .filter(({ metricTransformations = [] }) =>
        metricTransformations.some(
          (one) =>
            (metricName === undefined || one.metricName === metricName) &&
            (metricNamespace === undefined || one.metricNamespace === metricNamespace),
        ),
      );
    const found = page(filters, limit, nextToken);
    return { metricFilters: [...found.items], ...(found.nextToken ? { nextToken: found.nextToken } : {}) };
  },
});
