import type { DisableAlarmActionsCommandInput, DisableAlarmActionsCommandOutput } from '@aws-sdk/client-cloudwatch';
import type { OperationOf } from '../stateful';
import { type Alarm, alarmArn } from './alarms';
import type { MonitoringState } from './state';

type Output = Omit<DisableAlarmActionsCommandOutput, '$metadata'>;

export const DisableAlarmActions: OperationOf<MonitoringState, DisableAlarmActionsCommandInput, Output> = (state) => ({
  authorize: ({ AlarmNames = [] }, { cloud }) =>
    AlarmNames.map((name) => ({ action: 'cloudwatch:DisableAlarmActions', resource: alarmArn(cloud, name) })),

  async handle({ AlarmNames = [] }) {
    const { table } = state().alarms;
    for (const name of AlarmNames) {
      const alarm = table.get(name);
      if (alarm) await table.set(name, { ...alarm, input: { ...alarm.input, ActionsEnabled: false } } as Alarm);
    }
    return {};
  },
});
