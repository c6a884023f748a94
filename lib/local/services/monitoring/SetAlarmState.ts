import type { SetAlarmStateCommandInput, SetAlarmStateCommandOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { alarmArn } from './alarms';
import type { MonitoringState } from './state';

type Output = Omit<SetAlarmStateCommandOutput, '$metadata'>;

export const SetAlarmState: OperationOf<MonitoringState, SetAlarmStateCommandInput, Output> = (state) => ({
  authorize: ({ AlarmName = '' }, { cloud }) => [
    { action: 'cloudwatch:SetAlarmState', resource: alarmArn(cloud, AlarmName) },
  ],

  async handle(input) {
    requireMembers(input, 'AlarmName', 'StateValue', 'StateReason');
    const alarm = state().alarms.table.get(input.AlarmName);
    if (!alarm) throw new AwsError('ResourceNotFound', `Unknown alarm ${input.AlarmName}`, 404);
    const reasonData = JSON.parse(input.StateReasonData || '{}');
    await state().alarms.setState(alarm, { to: input.StateValue, reason: input.StateReason, reasonData });
    return {};
  },
});
