import type {
  DescribeAlarmsForMetricCommandInput,
  DescribeAlarmsForMetricCommandOutput,
} from '@aws-sdk/client-cloudwatch';
import type { OperationOf } from '../stateful';
import { alarmArn } from './alarms';
import { metricAlarm } from './describe';
import { queriesOf } from './evaluate';
import type { MonitoringState } from './state';

type Output = Omit<DescribeAlarmsForMetricCommandOutput, '$metadata'>;

export const DescribeAlarmsForMetric: OperationOf<MonitoringState, DescribeAlarmsForMetricCommandInput, Output> = (
  state,
) => ({
  authorize: (_, { cloud }) => [{ action: 'cloudwatch:DescribeAlarmsForMetric', resource: alarmArn(cloud, '*') }],

  async handle({ Namespace, MetricName }) {
    const MetricAlarms = [...state().alarms.table.values()].flatMap((alarm) => {
      if (alarm.kind !== 'metric') return [];
      const metrics = queriesOf(alarm.input).map(({ MetricStat }) => MetricStat?.Metric);
      return metrics.some((metric) => metric?.Namespace === Namespace && metric?.MetricName === MetricName)
        ? [metricAlarm(alarm)]
        : [];
    });
    return { MetricAlarms };
  },
});
