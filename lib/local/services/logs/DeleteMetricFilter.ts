import type { DeleteMetricFilterCommandInput, DeleteMetricFilterCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../service';
import type { OperationOf } from '../stateful';
import { accessTo, type LogsState } from './state';

type Output = Omit<DeleteMetricFilterCommandOutput, '$metadata'>;

export const DeleteMetricFilter: OperationOf<LogsState, DeleteMetricFilterCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName }, { cloud }) => accessTo('DeleteMetricFilter', cloud, logGroupName),

  async handle({ logGroupName, filterName }) {
    const group = state().group(logGroupName);
    const metricFilters = (group.metricFilters ?? []).filter((filter) => filter.filterName !== filterName);
    if (metricFilters.length === group.metricFilters?.length || !group.metricFilters)
      throw new AwsError('ResourceNotFoundException', 'The specified metric filter does not exist.');
    await state().groups.set(group.name, { ...group, metricFilters });
    return {};
  },
});
