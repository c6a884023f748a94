import { list, type Properties, physicalName, type ResourceHandler, unless } from '../resource';

export const schedulerScheduleGroup: ResourceHandler = {
  async apply({ properties, host, ...request }) {
    const Name = physicalName(request, { explicit: properties.Name, max: 64 });
    await host
      .call('scheduler', 'CreateScheduleGroup', { Name, Tags: list<Properties>(properties.Tags) })
      .catch(unless('ConflictException'));
    const Arn = `arn:aws:scheduler:${host.cloud.region}:${host.cloud.account}:schedule-group/${Name}`;
    return { physicalId: Name, attributes: { Arn, State: 'ACTIVE' } };
  },
  async remove({ resource, host }) {
    await host
      .call('scheduler', 'DeleteScheduleGroup', { Name: resource.physicalId })
      .catch(unless('ResourceNotFoundException'));
  },
};
