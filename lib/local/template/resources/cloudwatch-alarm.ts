import { flag, number, type Properties, physicalName, type ResourceHandler, text } from '../resource';

const NUMBERS = ['DatapointsToAlarm', 'EvaluationPeriods', 'Period', 'Threshold'];
const OTHERS = [
  'AlarmActions',
  'AlarmDescription',
  'ComparisonOperator',
  'Dimensions',
  'EvaluateLowSampleCountPercentile',
  'ExtendedStatistic',
  'InsufficientDataActions',
  'MetricName',
  'Metrics',
  'Namespace',
  'OKActions',
  'Statistic',
  'ThresholdMetricId',
  'TreatMissingData',
  'Unit',
];

export const cloudwatchAlarm: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const AlarmName = physicalName(request, { explicit: properties.AlarmName, max: 255 });
    await host.call('monitoring', 'PutMetricAlarm', { AlarmName, ...alarmInput(properties) });
    const arn = `arn:aws:cloudwatch:${host.cloud.region}:${host.cloud.account}:alarm:${AlarmName}`;
    return { physicalId: AlarmName, attributes: { Arn: arn } };
  },
  async remove({ resource, host }) {
    await host.call('monitoring', 'DeleteAlarms', { AlarmNames: [resource.physicalId] });
  },
};

export const cloudwatchCompositeAlarm: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const AlarmName = physicalName(request, { explicit: properties.AlarmName, max: 255 });
    const names = ['ActionsSuppressor', 'AlarmActions', 'AlarmDescription', 'InsufficientDataActions', 'OKActions'];
    await host.call('monitoring', 'PutCompositeAlarm', {
      AlarmName,
      AlarmRule: text(properties.AlarmRule),
      ActionsEnabled: flag(properties.ActionsEnabled) ?? true,
      ActionsSuppressorWaitPeriod: number(properties.ActionsSuppressorWaitPeriod),
      ActionsSuppressorExtensionPeriod: number(properties.ActionsSuppressorExtensionPeriod),
      ...pick(properties, names),
    });
    const arn = `arn:aws:cloudwatch:${host.cloud.region}:${host.cloud.account}:alarm:${AlarmName}`;
    return { physicalId: AlarmName, attributes: { Arn: arn } };
  },
  async remove({ resource, host }) {
    await host.call('monitoring', 'DeleteAlarms', { AlarmNames: [resource.physicalId] });
  },
};

function alarmInput(properties: Properties): Properties {
  const numbers = Object.fromEntries(
    NUMBERS.flatMap((name) => (properties[name] === undefined ? [] : [[name, number(properties[name])]])),
  );
  return { ...pick(properties, OTHERS), ...numbers, ActionsEnabled: flag(properties.ActionsEnabled) ?? true };
}

function pick(properties: Properties, names: readonly string[]): Properties {
  return Object.fromEntries(
    names.flatMap((name) => (properties[name] === undefined ? [] : [[name, properties[name]]])),
  );
}
