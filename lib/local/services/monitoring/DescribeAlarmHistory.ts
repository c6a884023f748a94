import type { DescribeAlarmHistoryCommandInput, DescribeAlarmHistoryCommandOutput } from '@aws-sdk/client-cloudwatch';
import { type OperationOf, page } from '../stateful';
import { toMillis } from '../timestamps';
import { alarmArn } from './alarms';
import type { MonitoringState } from './state';

type Output = Omit<DescribeAlarmHistoryCommandOutput, '$metadata'>;

export const DescribeAlarmHistory: OperationOf<MonitoringState, DescribeAlarmHistoryCommandInput, Output> = (
  state,
) => ({
  authorize: ({ AlarmName = '*' }, { cloud }) => [
    { action: 'cloudwatch:DescribeAlarmHistory', resource: alarmArn(cloud, AlarmName) },
  ],

  async handle(input) {
    const { AlarmName, HistoryItemType, StartDate, EndDate, ScanBy } = input;
    const direction = ScanBy === 'TimestampAscending' ? 1 : -1;
    const history = [...state().alarms.table.values()]
      .filter(({ name }) => !AlarmName || name === AlarmName)
      .flatMap(({ name, kind, history }) => history.map((item) => ({ name, kind, ...item })))
      .filter(({ type }) => !HistoryItemType || type === HistoryItemType)
      .filter(({ at }) => (!StartDate || at >= toMillis(StartDate)) && (!EndDate || at <= toMillis(EndDate)))
      .sort((a, b) => direction * (a.at - b.at));
    const { items, nextToken } = page(history, input.MaxRecords ?? 100, input.NextToken);
    const AlarmHistoryItems = items.map(({ name, kind, at, type, summary, data }) => ({
      AlarmName: name,
      AlarmType: kind === 'metric' ? ('MetricAlarm' as const) : ('CompositeAlarm' as const),
      Timestamp: new Date(at),
      HistoryItemType: type,
      HistorySummary: summary,
      HistoryData: data,
    }));
    return { AlarmHistoryItems, ...(nextToken ? { NextToken: nextToken } : {}) };
  },
});
