import type { GetMetricDataCommandInput, GetMetricDataCommandOutput } from '@aws-sdk/client-cloudwatch';
import { type OperationOf, requireMembers } from '../stateful';
import { toMillis } from '../timestamps';
import { evaluateQueries, periodOf } from './queries';
import type { MonitoringState } from './state';

type Output = Omit<GetMetricDataCommandOutput, '$metadata'>;

const MAX_DATAPOINTS = 100_800;

export const GetMetricData: OperationOf<MonitoringState, GetMetricDataCommandInput, Output> = (state) => ({
  authorize: () => [{ action: 'cloudwatch:GetMetricData', resource: '*' }],

  async handle(input) {
    requireMembers(input, 'MetricDataQueries', 'StartTime', 'EndTime');
    const { MetricDataQueries: queries, ScanBy, MaxDatapoints = MAX_DATAPOINTS } = input;
    const periodMs = periodOf(queries) * 1_000;
    const range = { start: Math.floor(toMillis(input.StartTime) / periodMs) * periodMs, end: toMillis(input.EndTime) };
    const series = evaluateQueries(queries, state().metrics, range);
    const direction = ScanBy === 'TimestampAscending' ? 1 : -1;

    const MetricDataResults = queries
      .filter(({ ReturnData }) => ReturnData !== false)
      .map(({ Id = '', Label, MetricStat }) => {
        const points = [...(series.get(Id) ?? [])].sort(([a], [b]) => direction * (a - b)).slice(0, MaxDatapoints);
        return {
          Id,
          Label: Label ?? MetricStat?.Metric?.MetricName ?? Id,
          Timestamps: points.map(([at]) => new Date(at)),
          Values: points.map(([, value]) => value),
          StatusCode: 'Complete' as const,
        };
      });
    return { MetricDataResults, Messages: [] };
  },
});
