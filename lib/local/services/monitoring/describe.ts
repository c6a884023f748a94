import type { CompositeAlarm, MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { Alarm } from './alarms';

const stateOf = ({ arn, state, reason, reasonData, stateSince, configuredAt }: Alarm) => ({
  AlarmArn: arn,
  AlarmConfigurationUpdatedTimestamp: new Date(configuredAt),
  StateValue: state,
  StateReason: reason,
  StateReasonData: JSON.stringify(reasonData ?? {}),
  StateUpdatedTimestamp: new Date(stateSince),
  StateTransitionedTimestamp: new Date(stateSince),
});

const actionsOf = ({ input }: Alarm) => ({
  ActionsEnabled: input.ActionsEnabled ?? true,
  AlarmActions: input.AlarmActions ?? [],
  OKActions: input.OKActions ?? [],
  InsufficientDataActions: input.InsufficientDataActions ?? [],
});

export function metricAlarm(alarm: Extract<Alarm, { kind: 'metric' }>): MetricAlarm {
  const { Tags: _, ...input } = alarm.input;
  return { Dimensions: [], ...input, ...actionsOf(alarm), ...stateOf(alarm) };
}

export function compositeAlarm(alarm: Extract<Alarm, { kind: 'composite' }>): CompositeAlarm {
  const { Tags: _, ...input } = alarm.input;
  const { by } = alarm.suppressed ?? {};
  return {
    ...input,
    ...actionsOf(alarm),
    ...stateOf(alarm),
    ...(by ? { ActionsSuppressedBy: by, ActionsSuppressedReason: `Actions suppressed by ${by}` } : {}),
  };
}
