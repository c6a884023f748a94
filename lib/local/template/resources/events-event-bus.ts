import { createOrUpdate, list, type Properties, type ResourceHandler, text } from '../resource';

export const eventsEventBus: ResourceHandler = {
  async apply({ properties, host }) {
    const Name = String(properties.Name);
    const Description = text(properties.Description);
    const Tags = list<Properties>(properties.Tags);
    await createOrUpdate<unknown>(
      () => host.call('events', 'CreateEventBus', { Name, Description, Tags }),
      ['ResourceAlreadyExistsException'],
      () => host.call('events', 'UpdateEventBus', { Name, Description }),
    );
    const Arn = `arn:aws:events:${host.cloud.region}:${host.cloud.account}:event-bus/${Name}`;
    return { physicalId: Name, attributes: { Arn, Name } };
  },
  async remove({ resource, host }) {
    await host.call('events', 'DeleteEventBus', { Name: resource.physicalId });
  },
};
