import { list, number, type Properties, physicalName, type ResourceHandler, record, text, unless } from '../resource';

export const logsMetricFilter: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const filterName = physicalName(request, { explicit: properties.FilterName, max: 512 });
    await host.call('logs', 'PutMetricFilter', {
      logGroupName: properties.LogGroupName,
      filterName,
      filterPattern: text(properties.FilterPattern) ?? '',
      metricTransformations: list<Properties>(properties.MetricTransformations).map((one) => ({
        metricName: one.MetricName,
        metricNamespace: one.MetricNamespace,
        metricValue: text(one.MetricValue),
        ...(one.DefaultValue === undefined ? {} : { defaultValue: number(one.DefaultValue) }),
        ...(one.Unit === undefined ? {} : { unit: one.Unit }),
        ...(one.Dimensions === undefined ? {} : { dimensions: dimensionsOf(one.Dimensions) }),
      })),
    });
    return { physicalId: filterName };
  },
  async remove({ resource, host }) {
    const logGroupName = resource.properties.LogGroupName;
    await host
      .call('logs', 'DeleteMetricFilter', { logGroupName, filterName: resource.physicalId })
      .catch(unless('ResourceNotFoundException'));
  },
};

export const logsSubscriptionFilter: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const filterName = physicalName(request, { explicit: properties.FilterName, max: 512 });
    await host.call('logs', 'PutSubscriptionFilter', {
      logGroupName: properties.LogGroupName,
      filterName,
      filterPattern: text(properties.FilterPattern) ?? '',
      destinationArn: properties.DestinationArn,
    });
    return { physicalId: filterName };
  },
  async remove({ resource, host }) {
    const logGroupName = resource.properties.LogGroupName;
    await host
      .call('logs', 'DeleteSubscriptionFilter', { logGroupName, filterName: resource.physicalId })
      .catch(unless('ResourceNotFoundException'));
  },
};

const dimensionsOf = (value: unknown) =>
  Object.fromEntries(list<Properties>(value).map((one) => [String(record(one).Key), String(record(one).Value)]));
