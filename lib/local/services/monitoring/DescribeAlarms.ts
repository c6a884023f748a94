import type { DescribeAlarmsCommandInput, DescribeAlarmsCommandOutput } from '@aws-sdk/client-cloudwatch';
import { type OperationOf, page } from '../stateful';
import { alarmArn } from './alarms';
import { compositeAlarm, metricAlarm } from './describe';
import type { MonitoringState } from './state';

type Output = Omit<DescribeAlarmsCommandOutput, '$metadata'>;

export const DescribeAlarms: OperationOf<MonitoringState, DescribeAlarmsCommandInput, Output> = (state) => ({
  authorize: (_, { cloud }) => [{ action: 'cloudwatch:DescribeAlarms', resource: alarmArn(cloud, '*') }],

  async handle(input) {
    const { AlarmNames, AlarmNamePrefix = '', AlarmTypes = ['MetricAlarm'], StateValue, ActionPrefix } = input;
    const kinds = AlarmTypes.map((type) => (type === 'CompositeAlarm' ? 'composite' : 'metric'));
    const alarms = [...state().alarms.table.values()]
      .filter(({ kind }) => kinds.includes(kind))
      .filter(({ name }) => (AlarmNames ? AlarmNames.includes(name) : name.startsWith(AlarmNamePrefix)))
      .filter((alarm) => !StateValue || alarm.state === StateValue)
      .filter(
        (alarm) => !ActionPrefix || (alarm.input.AlarmActions ?? []).some((action) => action.startsWith(ActionPrefix)),
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, nextToken } = page(alarms, input.MaxRecords ?? 50, input.NextToken);
    return {
      MetricAlarms: items.flatMap((alarm) => (alarm.kind === 'metric' ? [metricAlarm(alarm)] : [])),
      CompositeAlarms: items.flatMap((alarm) => (alarm.kind === 'composite' ? [compositeAlarm(alarm)] : [])),
      ...(nextToken ? { NextToken: nextToken } : {}),
    };
  },
});
