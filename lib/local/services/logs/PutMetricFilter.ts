import type { PutMetricFilterCommandInput, PutMetricFilterCommandOutput } from '@aws-sdk/client-cloudwatch-logs';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { parseFilterPattern } from './filter-pattern';
import { accessTo, type LogsState } from './state';

type Output = Omit<PutMetricFilterCommandOutput, '$metadata'>;

const MAX_FILTERS = 100;

export const PutMetricFilter: OperationOf<LogsState, PutMetricFilterCommandInput, Output> = (state) => ({
  authorize: ({ logGroupName }, { cloud }) => accessTo('PutMetricFilter', cloud, logGroupName),

  async handle(input, { cloud }) {
    requireMembers(input, 'logGroupName', 'filterName', 'metricTransformations');
    const group = state().group(input.logGroupName);
    parseFilterPattern(input.filterPattern);
    const { filterName, filterPattern = '', metricTransformations } = input;
    if (metricTransformations.some(({ dimensions, defaultValue }) => dimensions && defaultValue !== undefined)) {
      const message = 'Invalid metric transformation: dimensions and default value are mutually exclusive properties.';
      throw new AwsError('InvalidParameterException', message);
    }
    const others = (group.metricFilters ?? []).filter((filter) => filter.filterName !== filterName);
    if (others.length >= MAX_FILTERS) throw new AwsError('LimitExceededException', 'Resource limit exceeded.');
    const filter = { filterName, filterPattern, metricTransformations, creationTime: cloud.clock.now() };
    await state().groups.set(group.name, { ...group, metricFilters: [...others, filter] });
    return {};
  },
});
