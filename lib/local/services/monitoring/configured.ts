import type { PutCompositeAlarmInput, PutMetricAlarmInput } from '@aws-sdk/client-cloudwatch';
import type { CloudContext } from '../../service';
import { tagsOf } from '../tags';
import { type Alarm, alarmArn, withHistory } from './alarms';

type Configuration =
  | { readonly kind: 'metric'; readonly input: PutMetricAlarmInput }
  | { readonly kind: 'composite'; readonly input: PutCompositeAlarmInput };

/** A new alarm knows nothing yet; one that is put again keeps its state, its tags and its history. */
export function configured(configuration: Configuration, before: Alarm | undefined, cloud: CloudContext): Alarm {
  const now = cloud.clock.now();
  const name = configuration.input.AlarmName ?? '';
  const initial = {
    name,
    arn: alarmArn(cloud, name),
    state: 'INSUFFICIENT_DATA' as const,
    reason: 'Unchecked: Initial alarm creation',
    stateSince: now,
    configuredAt: now,
    tags: tagsOf(configuration.input.Tags),
    history: [],
  };
  const { kind: _, input: __, ...kept } = before ?? { ...initial, kind: undefined, input: undefined };
  const alarm: Alarm = { ...kept, ...configuration, configuredAt: now };
  const summary = `Alarm "${name}" ${before ? 'updated' : 'created'}`;
  return withHistory(alarm, {
    at: now,
    type: 'ConfigurationUpdate',
    summary,
    data: JSON.stringify(configuration.input),
  });
}
