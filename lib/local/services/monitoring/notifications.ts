/** What an alarm says when its state changes: to SNS, to functions, and to EventBridge. Pure. */
import type { CloudContext } from '../../service';
import type { Alarm, StateChange } from './alarms';
import { queriesOf } from './evaluate';

const isoWithOffset = (at: number) => new Date(at).toISOString().replace('Z', '+0000');

export function snsMessage(alarm: Alarm, change: StateChange, cloud: CloudContext) {
  const { name } = alarm;
  const body = {
    AlarmName: name,
    AlarmDescription: alarm.input.AlarmDescription ?? null,
    AWSAccountId: cloud.account,
    AlarmConfigurationUpdatedTimestamp: isoWithOffset(alarm.configuredAt),
    NewStateValue: change.to,
    NewStateReason: change.reason,
    StateChangeTime: isoWithOffset(change.at),
    Region: cloud.region,
    AlarmArn: alarm.arn,
    OldStateValue: change.from,
    OKActions: alarm.input.OKActions ?? [],
    AlarmActions: alarm.input.AlarmActions ?? [],
    InsufficientDataActions: alarm.input.InsufficientDataActions ?? [],
    ...(alarm.kind === 'metric' ? { Trigger: triggerOf(alarm) } : { AlarmRule: alarm.input.AlarmRule }),
  };
  // A subject has fewer than 100 characters.
  return { Subject: `${change.to}: "${name}" in ${cloud.region}`.slice(0, 99), Message: JSON.stringify(body) };
}

function triggerOf({ input }: Extract<Alarm, { kind: 'metric' }>) {
  return {
    ...(input.Metrics?.length
      ? { Metrics: input.Metrics }
      : {
          MetricName: input.MetricName,
          Namespace: input.Namespace,
          StatisticType: input.Statistic ? 'Statistic' : 'ExtendedStatistic',
          Statistic: input.Statistic?.toUpperCase() ?? input.ExtendedStatistic,
          Dimensions: (input.Dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name })),
        }),
    Period: input.Period,
    EvaluationPeriods: input.EvaluationPeriods,
    DatapointsToAlarm: input.DatapointsToAlarm ?? input.EvaluationPeriods,
    ComparisonOperator: input.ComparisonOperator,
    Threshold: input.Threshold,
    TreatMissingData: input.TreatMissingData ?? 'missing',
  };
}

/** The entry for PutEvents. */
export function stateChangeEvent(alarm: Alarm, change: StateChange) {
  return {
    Source: 'aws.cloudwatch',
    DetailType: 'CloudWatch Alarm State Change',
    Resources: [alarm.arn],
    Time: change.at / 1_000,
    Detail: JSON.stringify(stateChangeDetail(alarm, change)),
  };
}

/** The event of a function that is an alarm's action. */
export const functionEvent = (alarm: Alarm, change: StateChange, cloud: CloudContext) => ({
  source: 'aws.cloudwatch',
  alarmArn: alarm.arn,
  accountId: cloud.account,
  time: isoWithOffset(change.at),
  region: cloud.region,
  alarmData: stateChangeDetail(alarm, change),
});

function stateChangeDetail(alarm: Alarm, { from, to, reason, reasonData, at, since }: StateChange) {
  const configuration =
    alarm.kind === 'metric'
      ? { metrics: queriesOf(alarm.input).map(metricConfiguration) }
      : { alarmRule: alarm.input.AlarmRule };
  return {
    alarmName: alarm.name,
    state: { value: to, reason, reasonData: JSON.stringify(reasonData), timestamp: isoWithOffset(at) },
    previousState: { value: from, timestamp: isoWithOffset(since) },
    configuration: { ...configuration, description: alarm.input.AlarmDescription },
  };
}

function metricConfiguration({ Id, Expression, Label, MetricStat, ReturnData }: ReturnType<typeof queriesOf>[number]) {
  const metric = MetricStat?.Metric;
  const dimensions = Object.fromEntries((metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]));
  return {
    id: Id,
    ...(Expression ? { expression: Expression } : {}),
    ...(Label ? { label: Label } : {}),
    ...(MetricStat
      ? {
          metricStat: {
            metric: { namespace: metric?.Namespace, name: metric?.MetricName, dimensions },
            period: MetricStat.Period,
            stat: MetricStat.Stat,
          },
        }
      : {}),
    returnData: ReturnData ?? true,
  };
}
