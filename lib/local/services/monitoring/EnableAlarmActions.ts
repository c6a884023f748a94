import type { EnableAlarmActionsCommandInput, EnableAlarmActionsCommandOutput } from '@aws-sdk/client-cloudwatch';
import type { OperationOf } from '../stateful';
import { type Alarm, alarmArn } from './alarms';
import type { MonitoringState } from './state';

type Output = Omit<EnableAlarmActionsCommandOutput, '$metadata'>;

export const EnableAlarmActions: OperationOf<MonitoringState, EnableAlarmActionsCommandInput, Output> = (state) => ({
  authorize: ({ AlarmNames = [] }, { cloud }) =>
    AlarmNames.map((name) => ({ action: 'cloudwatch:EnableAlarmActions', resource: alarmArn(cloud, name) })),

  async handle({ AlarmNames = [] }) {
    const { table } = state().alarms;
    for (const name of AlarmNames) {
      const alarm = table.get(name);
      if (alarm) await table.set(name, { ...alarm, input: { ...alarm.input, ActionsEnabled: true } } as Alarm);
    }
    return {};
  },
});
