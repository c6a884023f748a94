import { AwsError } from '../../service';
import type { Tags } from '../tags';
import { type Alarm, alarmNameOf } from './alarms';
import type { MonitoringState } from './state';

export function taggedAlarm(state: MonitoringState, arn: string | undefined): Alarm {
  const alarm = state.alarms.table.get(alarmNameOf(arn ?? ''));
  if (!alarm) throw new AwsError('ResourceNotFoundException', `Unknown alarm ${arn}`, 404);
  return alarm;
}

export const setTags = (state: MonitoringState, alarm: Alarm, tags: Tags): Promise<void> =>
  state.alarms.table.set(alarm.name, { ...alarm, tags });
