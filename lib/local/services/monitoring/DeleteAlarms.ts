import type { DeleteAlarmsCommandInput, DeleteAlarmsCommandOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { alarmArn } from './alarms';
import { parseAlarmRule } from './composite';
import type { MonitoringState } from './state';

type Output = Omit<DeleteAlarmsCommandOutput, '$metadata'>;

export const DeleteAlarms: OperationOf<MonitoringState, DeleteAlarmsCommandInput, Output> = (state) => ({
  authorize: ({ AlarmNames = [] }, { cloud }) =>
    AlarmNames.map((name) => ({ action: 'cloudwatch:DeleteAlarms', resource: alarmArn(cloud, name) })),

  async handle(input) {
    requireMembers(input, 'AlarmNames');
    const { AlarmNames: names } = input;
    const { table } = state().alarms;
    for (const alarm of table.values()) {
      if (alarm.kind !== 'composite' || names.includes(alarm.name)) continue;
      const used = parseAlarmRule(alarm.input.AlarmRule ?? '').alarms.find((name) => names.includes(name));
      if (used)
        throw new AwsError('ValidationError', `The alarm ${used} is used by the composite alarm ${alarm.name}.`);
    }
    await Promise.all(names.map((name) => table.delete(name)));
    return {};
  },
});
