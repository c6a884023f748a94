import type { PutCompositeAlarmCommandInput, PutCompositeAlarmCommandOutput } from '@aws-sdk/client-cloudwatch';
import { AwsError } from '../../service';
import { type OperationOf, requireMembers } from '../stateful';
import { alarmArn, alarmNameOf } from './alarms';
import { parseAlarmRule } from './composite';
import { configured } from './configured';
import type { MonitoringState } from './state';

type Output = Omit<PutCompositeAlarmCommandOutput, '$metadata'>;

export const PutCompositeAlarm: OperationOf<MonitoringState, PutCompositeAlarmCommandInput, Output> = (state) => ({
  authorize: ({ AlarmName = '' }, { cloud }) => [
    { action: 'cloudwatch:PutCompositeAlarm', resource: alarmArn(cloud, AlarmName) },
  ],

  async handle(input, { cloud }) {
    requireMembers(input, 'AlarmName', 'AlarmRule');
    const { alarms } = parseAlarmRule(input.AlarmRule);
    const unknown = alarms.filter((alarm) => !state().alarms.table.has(alarmNameOf(alarm)));
    if (unknown.length > 0)
      throw new AwsError(
        'ValidationError',
        `Could not save the composite alarm as alarms [${unknown.join(', ')}] in the alarm rule do not exist`,
      );
    const { ActionsSuppressor, ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod } = input;
    const periods = [ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod];
    if (ActionsSuppressor && periods.some((period) => period === undefined)) {
      throw new AwsError(
        'ValidationError',
        'ActionsSuppressor needs ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod.',
      );
    }
    await state().alarms.put(
      configured({ kind: 'composite', input }, state().alarms.table.get(input.AlarmName), cloud),
    );
    return {};
  },
});
