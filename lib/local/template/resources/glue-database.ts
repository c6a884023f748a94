import { createOrUpdate, physicalName, type ResourceHandler, record, unless } from '../resource';

export const glueDatabase: ResourceHandler = {
  holdsData: true,
  async apply({ properties, host, ...request }) {
    const input = record(properties.DatabaseInput);
    const Name = physicalName(request, { explicit: input.Name, max: 255, lowerCase: true });
    const DatabaseInput = { ...input, Name };
    await createOrUpdate(
      () => host.call('glue', 'CreateDatabase', { DatabaseInput }),
      ['AlreadyExistsException'],
      () => host.call('glue', 'UpdateDatabase', { Name, DatabaseInput }),
    );
    return { physicalId: Name };
  },
  async remove({ resource, host }) {
    await host.call('glue', 'DeleteDatabase', { Name: resource.physicalId }).catch(unless('EntityNotFoundException'));
  },
};
