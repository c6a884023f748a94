import {
  list,
  number,
  type Properties,
  physicalName,
  type ResourceHandler,
  record,
  refuseUntrusted,
  text,
} from '../resource';

export const eventsRule: ResourceHandler = {
  async apply({ properties, host, previous, ...request }) {
    const Name = physicalName(request, { explicit: properties.Name, max: 64 });
    const EventBusName = text(properties.EventBusName);
    const pattern = properties.EventPattern;
    const { RuleArn } = await host.call<{ RuleArn: string }>('events', 'PutRule', {
      Name,
      EventBusName,
      Description: text(properties.Description),
      EventPattern: pattern === undefined || typeof pattern === 'string' ? pattern : JSON.stringify(pattern),
      ScheduleExpression: text(properties.ScheduleExpression),
      State: text(properties.State) ?? 'ENABLED',
      RoleArn: text(properties.RoleArn),
    });
    const Targets = list<Properties>(properties.Targets).map(target);
    for (const { RoleArn } of Targets) refuseUntrusted(host, RoleArn, 'events.amazonaws.com', RuleArn);
    if (Targets.length > 0) await host.call('events', 'PutTargets', { Rule: Name, EventBusName, Targets });
    const kept = new Set(Targets.map(({ Id }) => Id));
    const Ids = list<Properties>(previous?.properties.Targets)
      .map(({ Id }) => String(Id))
      .filter((id) => !kept.has(id));
    if (Ids.length > 0) await host.call('events', 'RemoveTargets', { Rule: Name, EventBusName, Ids });
    return { physicalId: Name, attributes: { Arn: RuleArn } };
  },
  async remove({ resource, host }) {
    const EventBusName = text(resource.properties.EventBusName);
    const Ids = list<Properties>(resource.properties.Targets).map(({ Id }) => String(Id));
    if (Ids.length > 0) await host.call('events', 'RemoveTargets', { Rule: resource.physicalId, EventBusName, Ids });
    await host.call('events', 'DeleteRule', { Name: resource.physicalId, EventBusName });
  },
};

function target(properties: Properties): Properties {
  const { MaximumEventAgeInSeconds, MaximumRetryAttempts } = record(properties.RetryPolicy);
  if (properties.RetryPolicy === undefined) return properties;
  return {
    ...properties,
    RetryPolicy: {
      MaximumEventAgeInSeconds: number(MaximumEventAgeInSeconds),
      MaximumRetryAttempts: number(MaximumRetryAttempts),
    },
  };
}
